#include "yaml.h"

#include "error.h"
#include "host/base/nearest.h"
#include "host/base/text_file.h"
#include "values.h"

#include <yaml-cpp/yaml.h>

#include <set>

namespace able::config {

namespace {

constexpr std::uintmax_t largest_file = 1 << 20;

std::string read_file(const std::filesystem::path &file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) {
        throw ConfigError(file.string() + ": there is no such file; `ablerefusal config --write FILE` makes one");
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw ConfigError(file.string() + ": is not a file");
    }
    if (std::filesystem::file_size(file, error) > largest_file) {
        throw ConfigError(file.string() + ": is larger than 1 MiB, the limit for a configuration; name another file");
    }
    try {
        return base::read_text_file(file, largest_file);
    } catch (const base::TextFileError &problem) {
        throw ConfigError(problem.what());
    }
}

// Walks the document and collects what fits and what does not.
class Reader {
public:
    explicit Reader(const std::filesystem::path &file) : file_(file.string()) {}

    Settings read(const std::string &text) {
        std::vector<YAML::Node> documents;
        try {
            documents = YAML::LoadAll(text);
        } catch (const YAML::Exception &error) {
            problem(error.mark, "is not valid YAML: " + error.msg);
            return std::move(result_);
        }
        if (documents.size() > 1) {
            problem(documents[1].Mark(), "a second document begins here; a configuration is one document");
            return std::move(result_);
        }
        if (!documents.empty()) {
            read_root(documents.front());
        }
        return std::move(result_);
    }

private:
    std::string place(const YAML::Mark &mark) const {
        if (mark.is_null()) {
            return file_;
        }
        return file_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
    }

    void problem(const YAML::Mark &mark, const std::string &what) {
        result_.problems.push_back(place(mark) + ": " + what);
    }

    void read_root(const YAML::Node &root) {
        if (root.IsNull()) {
            return;
        }
        if (!root.IsMap()) {
            problem(root.Mark(), "must hold sections such as `server:`, each with keys below it");
            return;
        }
        std::set<std::string> seen;
        for (const auto &entry : root) {
            const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
            if (!seen.insert(name).second) {
                problem(entry.first.Mark(), "the section " + name + " is here twice; join the two");
                continue;
            }
            if (section_help(name).empty()) {
                unknown_section(entry.first.Mark(), name);
                continue;
            }
            read_section(name, entry.second);
        }
    }

    void read_section(const std::string &section, const YAML::Node &node) {
        if (node.IsNull()) {
            return;
        }
        if (!node.IsMap()) {
            problem(node.Mark(), section + " must hold keys below it, each on a line of its own");
            return;
        }
        std::set<std::string> seen;
        for (const auto &entry : node) {
            const std::string name = section + "." + (entry.first.IsScalar() ? entry.first.Scalar() : std::string("?"));
            if (!seen.insert(name).second) {
                problem(entry.first.Mark(), name + " is here twice; remove one");
                continue;
            }
            const Key *key = find_key(name);
            if (key == nullptr) {
                unknown_key(entry.first.Mark(), name);
                continue;
            }
            read_value(*key, entry.first.Mark(), entry.second);
        }
    }

    void read_value(const Key &key, const YAML::Mark &key_mark, const YAML::Node &node) {
        const std::string name(key.name);
        if (node.IsNull()) {
            problem(key_mark, name + " has no value; give " + describe_allowed(key) + ", or remove the line");
            return;
        }
        Setting setting{&key, {}, {}, place(node.Mark())};
        if (is_list(key)) {
            if (!node.IsSequence()) {
                problem(node.Mark(), name + " takes " + describe_allowed(key) + ", such as [first, second]");
                return;
            }
            for (const YAML::Node &item : node) {
                if (!item.IsScalar()) {
                    problem(item.Mark(), name + " takes " + describe_allowed(key));
                    return;
                }
                setting.items.push_back(item.Scalar());
            }
        } else {
            if (!node.IsScalar()) {
                problem(node.Mark(), name + " takes one value: " + describe_allowed(key));
                return;
            }
            if (is_quoted(node) && !takes_text(key)) {
                problem(node.Mark(), name + " is text in quotes; give " + describe_allowed(key) + ", without quotes");
                return;
            }
            setting.value = node.Scalar();
        }
        try {
            Config scratch;
            is_list(key) ? set_list(key, scratch, setting.items) : set_value(key, scratch, setting.value);
        } catch (const ConfigError &error) {
            problem(node.Mark(), name + ": " + error.what());
            return;
        }
        result_.settings.push_back(std::move(setting));
    }

    // yaml-cpp tags a quoted scalar "!" and a plain one "?".
    static bool is_quoted(const YAML::Node &node) { return node.Tag() == "!"; }

    static bool takes_text(const Key &key) {
        Config config;
        const Member member = key.member(config);
        return std::holds_alternative<std::string *>(member) || std::holds_alternative<std::filesystem::path *>(member);
    }

    void unknown_section(const YAML::Mark &mark, const std::string &name) {
        std::vector<std::string> known;
        for (const Key &key : keys()) {
            if (known.empty() || known.back() != section_of(key)) {
                known.emplace_back(section_of(key));
            }
        }
        problem(mark, "there is no section \"" + name + "\"" + suggestion(name, known));
    }

    void unknown_key(const YAML::Mark &mark, const std::string &name) {
        if (const std::string_view reason = not_supported(name); !reason.empty()) {
            problem(mark, name + " is not supported: " + std::string(reason) + "; remove the line");
            return;
        }
        const std::string section = name.substr(0, name.find('.'));
        std::vector<std::string> known;
        for (const Key &key : keys()) {
            if (section_of(key) == section) {
                known.emplace_back(short_name(key));
            }
        }
        problem(mark, "there is no key " + name + suggestion(name.substr(section.size() + 1), known));
    }

    static std::string suggestion(const std::string &name, const std::vector<std::string> &known) {
        const std::string meant = base::nearest(name, known);
        if (!meant.empty()) {
            return "; did you mean " + meant + "?";
        }
        std::string list;
        for (const std::string &word : known) {
            list += (list.empty() ? "" : ", ") + word;
        }
        return "; there are " + list;
    }

    std::string file_;
    Settings result_;
};

} // namespace

Settings read_yaml(const std::filesystem::path &file) {
    return Reader(file).read(read_file(file));
}

} // namespace able::config
