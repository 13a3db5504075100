#include "wildcard_list.h"

#include "host/prompt/error.h"
#include "host/prompt/wildcards.h"

namespace able::server {

std::vector<WildcardEntry> wildcard_list(const std::filesystem::path &folder) {
    std::vector<WildcardEntry> list;
    for (const std::string &name : prompt::Wildcards(folder).names()) {
        WildcardEntry &entry = list.emplace_back(WildcardEntry{name, 0, {}});
        try {
            entry.lines = prompt::Wildcards(folder).lines(name).size(); // one file in memory at a time
        } catch (const prompt::PromptError &error) {
            entry.reason = error.what();
        }
    }
    return list;
}

} // namespace able::server
