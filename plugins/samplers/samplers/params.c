#include "params.h"

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
