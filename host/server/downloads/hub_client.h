// GET requests to a hub and to where it sends us on: HTTPS only, certificates and addresses checked, the token for the
// hub alone.
#pragma once

#include "interrupt.h"

#include <cstdint>
#include <filesystem>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace able::downloads {

struct HubOptions {
    std::string url = "https://huggingface.co";
    std::string token;             // empty: none
    std::filesystem::path ca_file; // certificates to trust beside the system's; empty: none
    bool allow_private = false;    // addresses that are not public
    int timeout = 30;              // seconds without a byte
};

class HubReply {
public:
    virtual ~HubReply() = default;
    int status = 0;
    // Of the hub itself, before it sent us on: names in lower case.
    std::map<std::string, std::string> hub_headers;
    // Of the last reply.
    std::map<std::string, std::string> headers;
    virtual std::istream &body() = 0;
};

class HubClient {
public:
    // Throws DownloadError for an address or a certificate file that cannot be used.
    explicit HubClient(HubOptions options);
    ~HubClient();
    HubClient(const HubClient &) = delete;
    HubClient &operator=(const HubClient &) = delete;

    // `path` is below the hub's address and begins with a slash; the content from byte `from` on. Follows redirects.
    // The reply is alive as long as `interrupt`. Throws DownloadError.
    std::unique_ptr<HubReply> get(const std::string &path, std::uint64_t from, Interrupt &interrupt) const;

    const HubOptions &options() const noexcept { return options_; }

private:
    struct Tls;
    const HubOptions options_;
    std::unique_ptr<Tls> tls_;
};

} // namespace able::downloads
