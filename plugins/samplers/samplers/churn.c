#include "churn.h"

#include <math.h>

const able_param param_s_churn = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "s_churn",
    .label = "Churn",
    .help =
        "Fresh noise over the whole run; 0 keeps the sampler deterministic. Values past 0.41 x steps change nothing.",
    .group = "Noise",
    .minimum = 0.0,
    .maximum = 100.0,
    .default_number = 0.0,
    .step = 0.1,
};

const able_param param_s_tmin = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "s_tmin",
    .label = "Churn from",
    .help = "Lowest noise level that is churned.",
    .group = "Noise",
    .unit = "sigma",
    .minimum = 0.0,
    .maximum = 10000.0,
    .default_number = 0.0,
    .step = 0.01,
};

const able_param param_s_tmax = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "s_tmax",
    .label = "Churn up to",
    .help = "Highest noise level that is churned; 0 means no limit.",
    .group = "Noise",
    .unit = "sigma",
    .minimum = 0.0,
    .maximum = 10000.0,
    .default_number = 0.0,
    .step = 0.01,
};

static double gamma_at(const able_sampling *s, double sigma) {
    const double s_churn = s->params->number(s->params, "s_churn");
    const double s_tmin = s->params->number(s->params, "s_tmin");
    const double s_tmax = s->params->number(s->params, "s_tmax");
    if (sigma < s_tmin || (s_tmax > 0.0 && sigma > s_tmax)) {
        return 0.0;
    }
    return fmin(s_churn / s->steps, sqrt(2.0) - 1.0);
}

able_status churn(const able_sampling *s, uint32_t i, able_tensor *noise, double *sigma_hat) {
    const double sigma = s->sigmas[i];
    const double gamma = gamma_at(s, sigma);
    *sigma_hat = sigma * (1.0 + gamma);
    if (gamma <= 0.0) {
        return ABLE_OK;
    }
    const double s_noise = s->params->number(s->params, "s_noise");
    ABLE_TRY(s->noise(s, noise, sigma, *sigma_hat));
    return able_combine(s, s->x, 1.0, s->x, s_noise * sqrt(*sigma_hat * *sigma_hat - sigma * sigma), noise);
}
