// Replies in fewer bytes, for clients that take them so.
#pragma once

#include <Poco/Net/HTTPRequest.h>

#include <string>
#include <string_view>

namespace able::http {

constexpr int best_compression = 9;
constexpr int quick_compression = 4;

std::string gzip(std::string_view bytes, int level);

// Whether Accept-Encoding names gzip and does not rule it out.
bool accepts_gzip(const Poco::Net::HTTPRequest &request);

} // namespace able::http
