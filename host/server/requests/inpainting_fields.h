// The fields that say which part of a picture to paint anew, and how.
#pragma once

#include "request.h"

#include <vector>

namespace able::server {

void add_inpainting_fields(std::vector<Field> &fields);

} // namespace able::server
