// A hub on this machine, over TLS: its API, its /resolve/ addresses, which lead large files on to a store at another
// origin, ETag and X-Linked-Etag, Range. And what real ones do on bad days.
#pragma once

#include "certificate.h"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace Poco::Net {
class HTTPServer;
}

namespace fakes {

struct HubFile {
    std::string content;
    bool large = false;    // kept in the store, under its SHA-256
    std::string sent = {}; // what is really sent, if it is not the content
};

struct HubRequest {
    bool at_store = false;
    std::string path, authorization, range;
};

class Hub {
public:
    // Keys and certificates go into `folder`.
    explicit Hub(const std::filesystem::path &folder);
    ~Hub();
    Hub(const Hub &) = delete;
    Hub &operator=(const Hub &) = delete;

    std::string url() const; // https://localhost:…
    const Certificate certificate;
    const std::string commit = "0123456789abcdef0123456789abcdef01234567";
    std::string repo = "org/model";
    std::map<std::string, HubFile> files;
    nlohmann::json extra_siblings = nlohmann::json::array(); // in the list as they are
    std::string wanted_token;                                // empty: everybody may
    std::string redirect_to;                                 // instead of the store
    std::uint64_t stop_after = 0;                            // bytes after which the connection ends, once; 0: never
    bool ignore_ranges = false;

    // Replies with large files stop after `bytes` until release().
    void hold_after(std::uint64_t bytes);
    void release();
    std::vector<HubRequest> requests() const;

    // For the handlers.
    void record(HubRequest request);
    std::uint64_t next_stop();
    std::uint64_t held_after() const;
    void wait_for_release();
    std::string store_url() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable released_;
    std::uint64_t hold_after_ = 0;
    std::vector<HubRequest> requests_;
    std::unique_ptr<Poco::Net::HTTPServer> hub_, store_;
};

// Hex digits. OpenSSL's, not the program's own.
std::string sha256(const std::string &content);
std::string git_hash(const std::string &content);

} // namespace fakes
