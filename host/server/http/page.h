// The web page: the files of host/web/dist, which are part of the program.
#pragma once

#include "exchange.h"

#include <string_view>

namespace able::http {

// Addresses of the page's files.
constexpr std::string_view page_addresses[] = {"/", "/app.js", "/app.css", "/icon.svg"};

const char *page_content_type(std::string_view address);

// The file at one of these addresses, compressed where the client can read that; 304 for a client that has it.
void serve_page(Exchange &exchange, std::string_view address);

} // namespace able::http
