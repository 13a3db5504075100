// What was found out about models and LoRAs, kept while neither they nor the plugins that were asked change.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <string>

namespace able::server {

class ProbeCache {
public:
    // Kept in `file` between runs; an empty path keeps it in memory only. A file that cannot be read is an empty cache.
    explicit ProbeCache(std::filesystem::path file);

    // Starts a look. Answers that others than `asked` gave are forgotten: a text that changes with the plugins and the
    // program.
    void begin(const std::string &asked);
    // The answer about `key` ("model /path", "lora /path") in the state that `stamp` tells; null if there is none.
    const nlohmann::json *find(const std::string &key, const std::string &stamp);
    void store(const std::string &key, const std::string &stamp, nlohmann::json answer);
    // Ends a look: forgets what is no longer there, and saves what changed. Others may look at other folders with the
    // same cache, so what nobody asked for is kept. A cache that cannot be saved is a warning.
    void end();

private:
    // NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
    struct Entry {
        std::string stamp;
        nlohmann::json answer;
        bool used = false;
    };

    void load();
    void save() const;

    std::filesystem::path file_;
    std::string asked_;
    std::map<std::string, Entry> entries_;
    bool changed_ = false;
};

} // namespace able::server
