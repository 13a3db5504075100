// Which addresses a download may go to. A hub's reply can name any host, and a host any address: without this, whoever
// controls one could have the server talk to machines that only it can reach.
#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/URI.h>

#include <string>
#include <vector>

namespace able::downloads {

// Whether the whole internet reaches this address: not one of this machine, of a private network, or of the ranges kept
// for other uses (IANA's special-purpose registries, RFC 6890).
bool is_public(const Poco::Net::IPAddress &address);

// An https address with a host and nothing that programs read differently: no user, no backslash, no control character.
// Throws DownloadError.
Poco::URI checked_url(const std::string &text);

// The addresses of `host`, all of which must be public unless `allow_private`. Throws DownloadError.
std::vector<Poco::Net::IPAddress> addresses_of(const std::string &host, bool allow_private);

} // namespace able::downloads
