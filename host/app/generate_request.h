// From the flags of `generate` to the request that POST /api/v1/generate takes: the same fields, checks and messages.
#pragma once

#include "host/base/request_error.h"
#include "host/server/requests/request.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <deque>
#include <span>
#include <string>
#include <vector>

namespace able::app {

class GenerateFlags {
public:
    // Adds a flag for each field of the request to `command`. Must outlive its parsing.
    explicit GenerateFlags(CLI::App &command, std::span<const server::Field> fields = server::request_fields());
    GenerateFlags(const GenerateFlags &) = delete;
    GenerateFlags &operator=(const GenerateFlags &) = delete;

    // The request, with the fields that were given; pictures are read from their files. Values are not checked here.
    // Throws RequestError, naming the field, for what cannot be made a request of: a file that cannot be read.
    nlohmann::json request() const;
    // As it was given; empty = left out. A path if something of that name is on the disk, otherwise an id.
    const std::string &model() const;

private:
    struct Value {
        const server::Field *field = nullptr;
        const CLI::Option *option = nullptr;
        std::string text;               // of a flag that is given once
        std::vector<std::string> texts; // of one that is repeatable
    };

    void add(CLI::App &command, const server::Field &field);
    void check_needs(const nlohmann::json &request) const;

    std::string positional_prompt_;
    const CLI::Option *positional_ = nullptr;
    std::deque<Value> values_; // CLI11 keeps pointers to the texts
};

// "name:weight", or a name alone, as a request has it.
nlohmann::json lora_json(const std::string &text);
// The flag that sets a field that an error names: "--lora" for "loras[0].weight".
std::string flag_of_field(const std::string &field);
// A refusal for the command line: flag, message, what there is, and where to look.
std::string explain(const base::RequestError &error);

} // namespace able::app
