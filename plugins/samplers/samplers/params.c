#include "params.h"

#include "../tables.h"

const able_param param_s_noise = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "s_noise",
    .label = "Noise multiplier",
    .help = "Scales the noise that is added on the way. A little above 1 brings out detail, below 1 smooths.",
    .group = "Noise",
    .minimum = 0.0,
    .maximum = 2.0,
    .default_number = 1.0,
    .step = 0.001,
};

#define ETA(value)                                                                                                     \
    NUMBER_PARAM(FLOAT, "eta", "Eta",                                                                                  \
                 "How much of each step is fresh noise: 0 is deterministic, 1 as much as the posterior has.", "Noise", \
                 0.0, 1.0, value, 0.05)

const able_param param_eta = ETA(1.0);
const able_param param_eta_none = ETA(0.0);
