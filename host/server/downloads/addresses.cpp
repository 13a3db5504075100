#include "addresses.h"

#include "error.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>

#include <algorithm>
#include <array>

namespace able::downloads {
namespace {

using Poco::Net::IPAddress;

struct Range {
    const char *network;
    unsigned prefix;
};

constexpr std::array not_public_v4{
    Range{"0.0.0.0", 8},      Range{"10.0.0.0", 8},     Range{"100.64.0.0", 10}, Range{"127.0.0.0", 8},
    Range{"169.254.0.0", 16}, Range{"172.16.0.0", 12},  Range{"192.0.0.0", 24},  Range{"192.0.2.0", 24},
    Range{"192.88.99.0", 24}, Range{"192.168.0.0", 16}, Range{"198.18.0.0", 15}, Range{"198.51.100.0", 24},
    Range{"203.0.113.0", 24}, Range{"224.0.0.0", 4},    Range{"240.0.0.0", 4},
};
// Of IPv6 only 2000::/3 is given out; within it, what carries an IPv4 address (Teredo, 6to4) or is for examples is not
// taken either.
constexpr Range public_v6{"2000::", 3};
constexpr std::array not_public_v6{Range{"2001::", 23}, Range{"2001:db8::", 32}, Range{"2002::", 16},
                                   Range{"3fff::", 20}};

bool is_in(const IPAddress &address, const Range &range) {
    return (address & IPAddress(range.prefix, address.family())) == IPAddress(range.network);
}

} // namespace

bool is_public(const IPAddress &address) {
    const auto holds = [&](const Range &range) {
        return is_in(address, range);
    };
    if (address.family() == IPAddress::IPv4) {
        return std::none_of(not_public_v4.begin(), not_public_v4.end(), holds);
    }
    return holds(public_v6) && std::none_of(not_public_v6.begin(), not_public_v6.end(), holds);
}

Poco::URI checked_url(const std::string &text) {
    const bool odd =
        std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f || c == '\\'; });
    try {
        const Poco::URI url(text);
        if (!odd && url.getScheme() == "https" && !url.getHost().empty() && url.getUserInfo().empty()) {
            return url;
        }
        if (url.getScheme() == "http") {
            throw DownloadError("redirect_refused", "the hub sent us on to " + url.getHost().substr(0, 200) +
                                                        " without encryption (http); only https is used");
        }
    } catch (const Poco::Exception &) {
        // Said below.
    }
    throw DownloadError("redirect_refused", "the hub sent us on to something that is no plain https address");
}

std::vector<IPAddress> addresses_of(const std::string &host, bool allow_private) {
    std::vector<IPAddress> addresses;
    try {
        const auto entry = Poco::Net::DNS::resolve(host);
        addresses.assign(entry.addresses().begin(), entry.addresses().end());
    } catch (const Poco::Exception &) {
        throw DownloadError("hub_unreachable", "the name " + host + " cannot be resolved; is there a network?", true);
    }
    if (addresses.empty()) {
        throw DownloadError("hub_unreachable", "the name " + host + " has no address", true);
    }
    for (const IPAddress &address : addresses) {
        if (!allow_private && !is_public(address)) {
            throw DownloadError("address_refused",
                                host + " is at " + address.toString() +
                                    ", which is not a public address; models.hub_private_addresses allows those");
        }
    }
    return addresses;
}

} // namespace able::downloads
