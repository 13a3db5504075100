#include "strict_json.h"

#include "request_error.h"

#include <set>
#include <string>
#include <vector>

namespace able::base {
namespace {

using nlohmann::json;

[[noreturn]] void fail(const char *code, const std::string &message) {
    throw RequestError(ErrorKind::invalid, code, message);
}

// Builds the document while it counts; stops at the first excess, before memory is spent on the rest.
class Builder : public nlohmann::json_sax<json> {
public:
    explicit Builder(const JsonLimits &limits) : limits_(limits) {}

    json take() { return std::move(root_); }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t & /*text*/) override { return add(value); }
    bool string(string_t &value) override { return add(std::move(value)); }
    bool binary(binary_t & /*value*/) override { return false; }

    bool start_object(std::size_t /*count*/) override { return open(json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*count*/) override { return open(json::array()); }
    bool end_array() override { return close(); }

    bool key(string_t &name) override {
        if (open_.back()->contains(name)) {
            fail("duplicate_key", "the key \"" + name.substr(0, 100) + "\" appears twice in one JSON object; keep one");
        }
        key_ = std::move(name);
        return true;
    }

    bool parse_error(std::size_t position, const std::string & /*token*/, const json::exception &error) override {
        std::string text = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 5: …": the bracket is for programmers.
        if (const auto end = text.find("] "); end != std::string::npos) {
            text.erase(0, end + 2);
        }
        fail("invalid_json", "not valid JSON (byte " + std::to_string(position) + "): " + text.substr(0, 300));
    }

private:
    json *place(json &&value) {
        if (++values_ > limits_.max_values) {
            fail("json_limit", "the JSON has more than " + std::to_string(limits_.max_values) + " values; send less");
        }
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        json &parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        return &(parent[key_] = std::move(value));
    }

    bool add(json &&value) {
        place(std::move(value));
        return true;
    }

    // The parent does not grow while a child is open, so the pointers on the stack stay good.
    bool open(json &&value) {
        if (open_.size() >= limits_.max_depth) {
            fail("json_limit", "the JSON is nested deeper than " + std::to_string(limits_.max_depth) + " levels");
        }
        open_.push_back(place(std::move(value)));
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    const JsonLimits limits_;
    json root_;
    std::vector<json *> open_;
    std::string key_;
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
