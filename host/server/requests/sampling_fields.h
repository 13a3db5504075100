// The request's fields for guidance and noise, beyond the guidance scale and the seed.
#pragma once

#include "request.h"

#include <vector>

namespace able::server {

void add_sampling_fields(std::vector<Field> &fields);

} // namespace able::server
