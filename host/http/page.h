// The page at /: a form, live progress and the images.
#pragma once

#include "exchange.h"

namespace able::http {

void serve_page(Exchange &exchange);

} // namespace able::http
