#include "compression.h"

#include <Poco/DeflatingStream.h>

#include <algorithm>
#include <sstream>

namespace able::http {

std::string gzip(std::string_view bytes, int level) {
    std::ostringstream stream;
    Poco::DeflatingOutputStream deflate(stream, Poco::DeflatingStreamBuf::STREAM_GZIP, level);
    deflate.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    deflate.close();
    return stream.str();
}

bool accepts_gzip(const Poco::Net::HTTPRequest &request) {
    std::istringstream codings(request.get("Accept-Encoding", ""));
    for (std::string coding; std::getline(codings, coding, ',');) {
        std::erase(coding, ' ');
        const auto quality = coding.find(";q=");
        if (coding.substr(0, coding.find(';')) == "gzip") {
            return quality == std::string::npos || coding.find_first_not_of("0.", quality + 3) != std::string::npos;
        }
    }
    return false;
}

} // namespace able::http
