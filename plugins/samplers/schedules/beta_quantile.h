/* Quantiles of the beta distribution, for the schedule of that name. */
#ifndef ABLE_SCHEDULES_BETA_QUANTILE_H
#define ABLE_SCHEDULES_BETA_QUANTILE_H

/* The x in [0, 1] below which a part p in [0, 1] of Beta(a, b) lies, for a, b > 0; to about 1e-14. */
double beta_quantile(double p, double a, double b);

#endif
