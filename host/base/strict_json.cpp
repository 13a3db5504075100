#include "strict_json.h"

#include "json_builder.h"
#include "request_error.h"

#include <string>

namespace able::base {
namespace {

using nlohmann::json;

[[noreturn]] void fail(const char *code, const std::string &message) {
    throw RequestError(ErrorKind::invalid, code, message);
}

// Counts as it builds; stops at the first excess, before memory is spent on the rest.
class Builder : public JsonBuilder {
public:
    explicit Builder(const JsonLimits &limits) : JsonBuilder(limits.max_depth), limits_(limits) {}

    bool binary(binary_t & /*value*/) override { return false; }

    bool key(string_t &name) override {
        if (innermost().contains(name)) {
            fail("duplicate_key", "the key \"" + name.substr(0, 100) + "\" appears twice in one JSON object; keep one");
        }
        return JsonBuilder::key(name);
    }

    bool parse_error(std::size_t position, const std::string & /*token*/, const json::exception &error) override {
        std::string text = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 5: …": the bracket is for programmers.
        if (const auto end = text.find("] "); end != std::string::npos) {
            text.erase(0, end + 2);
        }
        fail("invalid_json", "not valid JSON (byte " + std::to_string(position) + "): " + text.substr(0, 300));
    }

protected:
    void adding() override {
        if (++values_ > limits_.max_values) {
            fail("json_limit", "the JSON has more than " + std::to_string(limits_.max_values) + " values; send less");
        }
    }
    void too_deep() override {
        fail("json_limit", "the JSON is nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }

private:
    const JsonLimits limits_;
    std::size_t values_ = 0;
};

} // namespace

json parse_strict_json(std::string_view text, const JsonLimits &limits) {
    if (text.empty()) {
        fail("invalid_json", "the request has no JSON body; send an object such as {\"prompt\": \"a red fox\"}");
    }
    Builder builder(limits);
    if (!json::sax_parse(text.begin(), text.end(), &builder)) {
        fail("invalid_json", "not valid JSON");
    }
    return builder.take();
}

} // namespace able::base
