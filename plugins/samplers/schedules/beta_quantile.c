#include "beta_quantile.h"

#include <float.h>
#include <math.h>

/* The continued fraction of the incomplete beta integral, by Lentz's method: DLMF 8.17.22, https://dlmf.nist.gov/8.17.
 * Converges fast for x below the mean, (a + 1) / (a + b + 2). */
static double fraction(double x, double a, double b) {
    const double tiny = DBL_MIN / DBL_EPSILON; /* in place of a denominator of 0 */
    double c = 1.0;
    double d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= 1000; ++m) {
        const double terms[2] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                 -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
        double change = 1.0;
        for (int k = 0; k < 2; ++k) {
            d = 1.0 + terms[k] * d;
            c = 1.0 + terms[k] / c;
            d = 1.0 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            value *= change;
        }
        if (fabs(change - 1.0) < DBL_EPSILON) {
            break;
        }
    }
    return value;
}

/* The regularised incomplete beta function I_x(a, b): DLMF 8.17.2 and 8.17.4. */
static double below(double x, double a, double b) {
    if (!(x > 0.0)) {
        return 0.0;
    }
    if (!(x < 1.0)) {
        return 1.0;
    }
    const double front = tgamma(a + b) / (tgamma(a) * tgamma(b)) * exp(a * log(x) + b * log1p(-x));
    return x < (a + 1.0) / (a + b + 2.0) ? front * fraction(x, a, b) / a : 1.0 - front * fraction(1.0 - x, b, a) / b;
}

double beta_quantile(double p, double a, double b) {
    if (!(p > 0.0)) {
        return 0.0;
    }
    if (!(p < 1.0)) {
        return 1.0;
    }
    double low = 0.0;
    double high = 1.0;
    for (int i = 0; i < 200 && high - low > DBL_EPSILON * high; ++i) { /* bisection: it cannot go wrong */
        const double middle = low + (high - low) / 2.0;
        const double error = below(middle, a, b) - p;
        if (fabs(error) <= 4.0 * DBL_EPSILON * p) { /* the median of a symmetric one is 0.5 itself */
            return middle;
        }
        if (error < 0.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low + (high - low) / 2.0;
}
