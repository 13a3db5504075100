#include "lora_details.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace able::worker {

namespace {

using nlohmann::json;
using protocol::LoraDetails;
using protocol::TagCount;

constexpr std::size_t longest_text = 500;         // bytes of a title and the like
constexpr std::size_t longest_table = 16U << 20U; // bytes of ss_tag_frequency
constexpr std::size_t most_tags = 50, most_triggers = 10;

struct Base {
    std::string_view start;
    const char *family;
};

// modelspec.architecture and ss_base_model_version, as kohya's library/sai_model_spec.py and train_util.py write them.
constexpr std::array base_models{
    Base{"stable-diffusion-xl", "sdxl"},
    Base{"stable-diffusion-v1", "sd1"},
    Base{"stable-diffusion-v2", "sd2"},
    Base{"stable-diffusion-3", "sd3"},
    Base{"flux", "flux"},
    Base{"sdxl_", "sdxl"},
    Base{"sd_v1", "sd1"},
    Base{"sd_v2", "sd2"},
    Base{"sd_1", "sd1"},
    Base{"sd_2", "sd2"},
    Base{"sd3", "sd3"},
};

std::string_view trimmed_view(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const std::size_t start = text.find_first_not_of(space);
    return start == text.npos ? std::string_view() : text.substr(start, text.find_last_not_of(space) + 1 - start);
}

// At most `longest_text` bytes, cut between characters.
std::string shortened(std::string_view text) {
    text = trimmed_view(text);
    if (text.size() > longest_text) {
        std::size_t end = longest_text;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        text = text.substr(0, end);
    }
    return std::string(text);
}

class Header {
public:
    explicit Header(const std::function<const char *(const char *)> &value) : value_(value) {}

    std::string_view operator[](const char *key) const {
        const char *text = value_(key);
        // What Python wrote for something that was not set.
        return text == nullptr || std::string_view(text) == "None" ? std::string_view() : std::string_view(text);
    }
    std::string first(const char *key, const char *or_else) const {
        const std::string_view text = trimmed_view((*this)[key]);
        return shortened(text.empty() ? (*this)[or_else] : text);
    }

private:
    const std::function<const char *(const char *)> &value_;
};

std::string family_of(const Header &header) {
    for (const char *key : {"modelspec.architecture", "ss_base_model_version"}) {
        const std::string_view text = header[key];
        const auto base = std::find_if(base_models.begin(), base_models.end(),
                                       [text](const Base &each) { return text.starts_with(each.start); });
        if (base != base_models.end()) {
            return base->family;
        }
    }
    return header["ss_v2"] == "True" ? "sd2" : "";
}

// {"10_folder": {"tag": 12}} summed over the folders.
std::vector<TagCount> tags_of(std::string_view table) {
    if (table.empty() || table.size() > longest_table) {
        return {};
    }
    const json folders = json::parse(table, nullptr, false);
    if (!folders.is_object()) {
        return {};
    }
    std::map<std::string, std::uint64_t> counts;
    for (const auto &[folder, tags] : folders.items()) {
        if (!tags.is_object()) {
            continue;
        }
        for (const auto &[tag, count] : tags.items()) {
            const std::string name = shortened(tag);
            if (!name.empty() && count.is_number_unsigned()) {
                counts[name] += std::min<std::uint64_t>(count.get<std::uint64_t>(), UINT32_MAX);
            }
        }
    }
    std::vector<TagCount> result;
    for (const auto &[tag, count] : counts) {
        result.push_back({tag, count});
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const TagCount &a, const TagCount &b) { return a.count > b.count; });
    return result;
}

std::vector<std::string> trigger_words(std::string_view phrase, const std::vector<TagCount> &tags) {
    std::vector<std::string> words;
    for (std::size_t start = 0; start <= phrase.size() && words.size() < most_triggers;) {
        const std::size_t end = std::min(phrase.find(',', start), phrase.size());
        if (std::string word = shortened(phrase.substr(start, end - start)); !word.empty()) {
            words.push_back(std::move(word));
        }
        start = end + 1;
    }
    if (!words.empty()) {
        return words;
    }
    for (const TagCount &tag : tags) {
        if (tag.count < tags.front().count || words.size() == most_triggers) {
            break;
        }
        words.push_back(tag.tag);
    }
    return words;
}

} // namespace

LoraDetails lora_details(const std::function<const char *(const char *key)> &value) {
    const Header header(value);
    LoraDetails details;
    details.title = header.first("modelspec.title", "ss_output_name");
    details.alias = shortened(header["ss_output_name"]);
    details.author = shortened(header["modelspec.author"]);
    details.base_model = header.first("modelspec.architecture", "ss_base_model_version");
    details.family = family_of(header);
    details.tags = tags_of(header["ss_tag_frequency"]);
    details.trigger_words = trigger_words(header["modelspec.trigger_phrase"], details.tags);
    details.tags.resize(std::min(details.tags.size(), most_tags));
    return details;
}

} // namespace able::worker
