// The base of JSON readers that accept one shape of document and refuse all else.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace able::models {

// Every event is refused unless a derived class accepts it. The document is never built in memory, so its size bounds
// what reading it costs.
class StrictSax : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return unexpected("null"); }
    bool boolean(bool /*value*/) override { return unexpected("true or false"); }
    bool number_integer(number_integer_t /*value*/) override { return unexpected("a negative number"); }
    bool number_unsigned(number_unsigned_t /*value*/) override { return unexpected("a number"); }
    bool number_float(number_float_t /*value*/, const string_t & /*text*/) override {
        return unexpected("a number that is no plain integer");
    }
    bool string(string_t & /*value*/) override { return unexpected("a string"); }
    bool binary(binary_t & /*value*/) override { return unexpected("binary data"); }
    bool start_object(std::size_t /*elements*/) override { return unexpected("an object"); }
    bool key(string_t & /*name*/) override { return unexpected("a key"); }
    bool end_object() override { return unexpected("the end of an object"); }
    bool start_array(std::size_t /*elements*/) override { return unexpected("an array"); }
    bool end_array() override { return unexpected("the end of an array"); }

    bool parse_error(std::size_t position, const std::string & /*token*/,
                     const nlohmann::detail::exception & /*error*/) override {
        return reject("it is not valid JSON at byte " + std::to_string(position));
    }

    // Why the document was refused; "" if it was not.
    const std::string &problem() const noexcept { return problem_; }

    // Feeds `text`; false if it was refused. A NUL byte is refused here, because the parser would take it for the end.
    bool read(std::string_view text) {
        const std::size_t nul = text.find('\0');
        if (nul != std::string_view::npos) {
            return reject("it holds a NUL byte at byte " + std::to_string(nul));
        }
        return nlohmann::json::sax_parse(text.begin(), text.end(), this);
    }

protected:
    bool reject(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }

    // Where the reader is, for messages: "in the shape of tensor 'x'".
    virtual std::string place() const = 0;

private:
    bool unexpected(const char *what) { return reject(std::string("unexpected: ") + what + ", " + place()); }

    std::string problem_;
};

} // namespace able::models
