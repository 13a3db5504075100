#include "description_check.h"

#include "host/base/ascii.h"
#include "host/base/utf8.h"
#include "host/plugins/describe/param_type.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

namespace able::validate {

namespace {

using plugins::ObjectDescription;
using plugins::ObjectKind;
using plugins::ParamDescription;

constexpr std::size_t short_text = 64; // a name, a label, an alias
constexpr std::size_t long_text = 500; // a help text, a summary

class Problems {
public:
    void add(const std::string &where, const std::string &what) {
        texts_.push_back(where.empty() ? what : where + ": " + what);
    }
    // A text for people: UTF-8 on one line, no blanks around it.
    void check_text(const std::string &where, const char *name, const std::string &text, std::size_t longest,
                    bool required) {
        const auto control = [](char c) {
            return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f;
        };
        if (text.empty()) {
            if (required) {
                add(where, std::string(name) + " is missing");
            }
            return;
        }
        if (!base::is_utf8(text) || std::any_of(text.begin(), text.end(), control)) {
            add(where, std::string(name) + " is not one line of UTF-8");
        } else if (text.front() == ' ' || text.back() == ' ') {
            add(where, std::string(name) + " begins or ends with a blank");
        } else if (text.size() > longest) {
            add(where, std::string(name) + " is longer than " + std::to_string(longest) + " bytes");
        }
    }
    void check_url(const std::string &where, const std::string &url) {
        check_text(where, "url", url, long_text, false);
        if (!url.empty() && url.rfind("https://", 0) != 0 && url.rfind("http://", 0) != 0) {
            add(where, "url is no http or https address");
        }
    }
    std::vector<std::string> take() { return std::move(texts_); }

private:
    std::vector<std::string> texts_;
};

void check_plugin(const plugins::PluginDescription &plugin, bool bundled, Problems &problems) {
    static const std::regex reverse_uri("[a-z0-9]+([-_][a-z0-9]+)*(\\.[a-z0-9]+([-_][a-z0-9]+)*)+");
    static const std::regex semantic("(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?"
                                     "(\\+[0-9A-Za-z.-]+)?");
    static const std::regex spdx("[A-Za-z0-9.+() -]+");
    if (!std::regex_match(plugin.id, reverse_uri) || plugin.id.size() > 128) {
        problems.add("", "the plugin's id \"" + plugin.id + "\" is no reverse URI such as org.example.my-sampler");
    }
    if (!bundled && plugin.id.rfind("able.", 0) == 0) {
        problems.add("", "plugin ids that start with 'able.' are the project's own");
    }
    if (!std::regex_match(plugin.version, semantic)) {
        problems.add("", "the version \"" + plugin.version + "\" is no semantic version such as 1.0.0");
    }
    problems.check_text("", "the plugin's name", plugin.name, short_text, true);
    problems.check_text("", "vendor", plugin.vendor, short_text, true);
    problems.check_text("", "licence", plugin.licence, short_text, true);
    if (!plugin.licence.empty() && !std::regex_match(plugin.licence, spdx)) {
        problems.add("", "the licence \"" + plugin.licence + "\" is no SPDX expression such as MIT");
    }
    problems.check_url("", plugin.url);
}

void check_param(const ParamDescription &param, const std::string &where, Problems &problems) {
    problems.check_text(where, "label", param.label, short_text, true);
    problems.check_text(where, "help", param.help, long_text, false);
    problems.check_text(where, "group", param.group, short_text, false);
    problems.check_text(where, "unit", param.unit, short_text, false);
    problems.check_text(where, "default_string", param.default_string, long_text, false);
    for (const auto &choice : param.choices) {
        problems.check_text(where, "a choice", choice, short_text, true);
    }
    if (const std::string doubt = plugins::type_of(param).doubt(param); !doubt.empty()) {
        problems.add(where, doubt);
    }
}

void check_object(const ObjectDescription &object, const std::string &where, Problems &problems) {
    constexpr std::uint32_t known =
        ABLE_FLAG_STOCHASTIC | ABLE_FLAG_FEW_STEPS | ABLE_FLAG_EXPERIMENTAL | ABLE_FLAG_BROWNIAN;
    problems.check_text(where, "name", object.name, short_text, true);
    problems.check_text(where, "summary", object.summary, long_text, false);
    problems.check_url(where, object.url);
    if ((object.flags & ~known) != 0) {
        problems.add(where, "has flags that this ABI does not know");
    }
    if ((object.flags & ABLE_FLAG_BROWNIAN) != 0 && (object.flags & ABLE_FLAG_STOCHASTIC) == 0) {
        problems.add(where, "ABLE_FLAG_BROWNIAN goes with ABLE_FLAG_STOCHASTIC");
    }
    static const std::regex identifier("[a-z][a-z0-9_]*");
    if (object.kind == ObjectKind::sampler && !std::regex_match(object.default_schedule, identifier)) {
        problems.add(where, "default_schedule is no id of a schedule; \"normal\" always exists");
    }
    for (const auto &alias : object.aliases) {
        problems.check_text(where, "an alias", alias, short_text, true);
    }
    for (const auto &param : object.params) {
        check_param(param, where + ", parameter '" + param.key + "'", problems);
    }
}

} // namespace

std::vector<std::string> description_problems(const plugins::PluginDescription &plugin, bool bundled) {
    Problems problems;
    check_plugin(plugin, bundled, problems);
    std::map<std::pair<ObjectKind, std::string>, std::string> taken; // names as they are looked up -> the id they mean
    std::set<std::pair<ObjectKind, std::string>> ids;
    for (const auto &object : plugin.objects) {
        const std::string where = std::string(plugins::to_string(object.kind)) + " '" + object.id + "'";
        check_object(object, where, problems);
        if (!ids.emplace(object.kind, object.id).second) {
            problems.add(where, "is there twice");
        }
        std::vector<std::string> names = object.aliases;
        names.push_back(object.id);
        names.push_back(object.name);
        for (const auto &name : names) {
            const auto [known, fresh] = taken.emplace(std::pair(object.kind, base::lower(name)), object.id);
            if (!fresh && known->second != object.id) {
                problems.add(where, "\"" + name + "\" also means '" + known->second + "'");
            }
        }
    }
    return problems.take();
}

} // namespace able::validate
