// Builds a document from what a parser reads, and goes no deeper than it is told.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace able::base {

// nlohmann's readers call themselves for each level, so a hostile text of nothing but opening brackets would use up the
// stack.
// NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
class JsonBuilder : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit JsonBuilder(std::size_t max_depth) : max_depth_(max_depth) {}

    nlohmann::json take() { return std::move(root_); }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t & /*text*/) override { return add(value); }
    bool string(string_t &value) override { return add(std::move(value)); }
    bool binary(binary_t &value) override { return add(nlohmann::json::binary(std::move(value))); }
    bool start_object(std::size_t /*count*/) override { return open(nlohmann::json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*count*/) override { return open(nlohmann::json::array()); }
    bool end_array() override { return close(); }
    bool key(string_t &name) override {
        key_ = std::move(name);
        return true;
    }
    bool parse_error(std::size_t /*position*/, const std::string & /*token*/,
                     const nlohmann::json::exception & /*error*/) override {
        return false;
    }

protected:
    // Called for each value before it is added; throws to refuse it.
    virtual void adding() {}
    // Called for a level too many; reading ends unless it throws.
    virtual void too_deep() {}
    // The object or array that is being read.
    const nlohmann::json &innermost() const { return *open_.back(); }

private:
    nlohmann::json *place(nlohmann::json &&value) {
        adding();
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        nlohmann::json &parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        return &(parent[key_] = std::move(value));
    }
    bool add(nlohmann::json &&value) {
        place(std::move(value));
        return true;
    }
    // A parent does not grow while a child is open, so the pointers to both stay good.
    bool open(nlohmann::json &&value) {
        if (open_.size() >= max_depth_) {
            too_deep();
            return false;
        }
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    const std::size_t max_depth_;
    nlohmann::json root_;
    std::vector<nlohmann::json *> open_;
    std::string key_;
};

} // namespace able::base
