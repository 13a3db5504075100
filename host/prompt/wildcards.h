// A folder of wildcards: text files, each line of which can stand in for the file's name in a prompt.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::prompt {

class Wildcards {
public:
    // A folder that does not exist has no wildcards. Nothing is read before it is asked for.
    explicit Wildcards(std::filesystem::path folder) : folder_(std::move(folder)) {}

    // The lines of <folder>/<name>.txt, at least one, without white space around them; empty lines and lines that begin
    // with '#' are left out. `name` may contain folders, with '/', and is compared in Unicode's form C. Throws
    // PromptError; if there is no such file, allowed() has all names.
    const std::vector<std::string> &lines(std::string_view name);

    // All names, in order; of a large folder only the first thousand.
    std::vector<std::string> names() const;

private:
    std::optional<std::filesystem::path> file_of(std::string_view name) const;
    std::map<std::string, std::filesystem::path> files() const; // by name

    std::filesystem::path folder_;
    std::map<std::string, std::vector<std::string>, std::less<>> read_;
};

// The bytes of a wildcard's name at `position`: letters, digits, "-", ".", "/" and single "_", up to the "__" that ends
// it; 0 if there is none.
std::size_t wildcard_name_length(std::string_view text, std::size_t position);

} // namespace able::prompt
