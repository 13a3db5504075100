// Reads a component's config.json. Every complaint names the file and the field.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace able::diffusion {

struct IntegerRange {
    int64_t low, high;
};

// A JSON object of the source. A field that is null counts as absent. Throws able::Error: ABLE_NOT_FOUND for a file or
// a field that must be there, ABLE_BAD_FILE for what is not of its type or out of range, ABLE_UNSUPPORTED for values
// that mean another kind of network.
class ConfigReader {
public:
    ConfigReader(const able_source *source, std::string file);
    ~ConfigReader();
    ConfigReader(const ConfigReader &) = delete;
    ConfigReader &operator=(const ConfigReader &) = delete;

    bool has(const char *key) const;
    int64_t integer(const char *key, std::optional<int64_t> fallback, IntegerRange range) const;
    double number(const char *key, std::optional<double> fallback) const;
    bool boolean(const char *key, bool fallback) const;
    std::string string(const char *key, std::optional<std::string> fallback) const;
    std::vector<int64_t> integers(const char *key, IntegerRange range) const;
    std::vector<double> numbers(const char *key) const;
    // A list of `count` values, or one value that holds for all of them.
    std::vector<int64_t> integers_for_each(const char *key, size_t count, std::optional<int64_t> fallback,
                                           IntegerRange range) const;
    std::vector<std::string> strings(const char *key, size_t count) const;
    // Refuses a value that is neither absent nor one of `allowed`, each a JSON text.
    void only(const char *key, std::initializer_list<const char *> allowed) const;

    [[noreturn]] void bad(const char *key, const std::string &what) const;
    [[noreturn]] void unsupported(const char *key, const std::string &what) const;

private:
    const nlohmann::json *find(const char *key) const;
    int64_t checked(const char *key, const nlohmann::json &value, IntegerRange range) const;
    [[noreturn]] void missing(const char *key) const;

    std::string file_;
    std::unique_ptr<const nlohmann::json> root_;
};

} // namespace able::diffusion
