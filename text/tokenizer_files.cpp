#include "tokenizer_files.h"

#include "python_json.h"

#include <ablerefusal/glue.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace able::text {
namespace {

using nlohmann::json;

constexpr std::uint64_t largest_allowed_id = (std::uint64_t{1} << 24) - 1;

std::optional<std::string_view> text_of(const able_source *source, const std::string &file) {
    std::uint64_t length = 0;
    const char *text = source->text(source, file.c_str(), &length);
    return text == nullptr ? std::nullopt : std::optional(std::string_view(text, length));
}

// Null where there is no such file.
json object_in(const able_source *source, const std::string &file) {
    const auto text = text_of(source, file);
    if (!text) {
        return nullptr;
    }
    auto root = json::parse(without_python_numbers(*text), nullptr, false);
    if (!root.is_object()) {
        throw Error(ABLE_BAD_FILE, file + " is not a JSON object; download it again");
    }
    return root;
}

const json *field(const json &object, const char *key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string string_field(const json &object, const char *key) {
    const json *value = field(object, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

bool flag(const json &object, const char *key) {
    const json *value = field(object, key);
    return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::uint32_t id_of(const json &value, const std::string &token, const std::string &file) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest_allowed_id) {
        throw Error(ABLE_BAD_FILE, file + ": the id of \"" + token + "\" is not a whole number of 0 or more");
    }
    return value.get<std::uint32_t>();
}

// An AddedToken as an object, or its content alone, as most files have special tokens.
AddedToken token_of(const json &value) {
    AddedToken token;
    token.content = value.is_string() ? value.get<std::string>() : string_field(value, "content");
    token.normalised = flag(value, "normalized");
    token.single_word = flag(value, "single_word");
    token.lstrip = flag(value, "lstrip");
    token.rstrip = flag(value, "rstrip");
    return token;
}

class Reader {
public:
    Reader(const able_source *source, std::string folder) : source_(source), folder_(std::move(folder)) {}

    TokenizerFiles read() {
        const std::string whole = path("tokenizer.json");
        if (const json root = object_in(source_, whole); !root.is_null()) {
            read_whole(root, whole);
        } else {
            read_vocabulary();
            read_merges();
            read_added_tokens();
        }
        read_special_tokens();
        return std::move(files_);
    }

private:
    std::string path(const char *name) const { return folder_ + "/" + name; }

    void read_whole(const json &root, const std::string &file) {
        files_.vocabulary_file = file;
        from_whole_ = true;
        const json *model = field(root, "model");
        if (model == nullptr) {
            throw Error(ABLE_BAD_FILE, file + " has no \"model\"; download it again");
        }
        const std::string type = string_field(*model, "type");
        if (type != "BPE" && !type.empty()) { // the oldest files state none
            throw Error(ABLE_UNSUPPORTED, file + ": its model is \"" + type + "\"; only \"BPE\" is supported");
        }
        const json *vocabulary = field(*model, "vocab");
        add_vocabulary(vocabulary != nullptr ? *vocabulary : json(), file);
        const json *merges = field(*model, "merges");
        if (merges == nullptr || !merges->is_array()) {
            throw Error(ABLE_BAD_FILE, file + ": \"model.merges\" is missing; download it again");
        }
        std::size_t number = 0;
        for (const json &merge : *merges) {
            add_merge(merge, file + ": number " + std::to_string(number++) + " of \"model.merges\"");
        }
        if (const json *added = field(root, "added_tokens"); added != nullptr && added->is_array()) {
            for (const json &entry : *added) {
                AddedToken token = token_of(entry);
                const json *id = field(entry, "id");
                token.id = id_of(id != nullptr ? *id : json(), token.content, file);
                add(std::move(token));
            }
        }
    }

    // A pair, or both in one string with a space between, as files from before tokenizers 0.20 have it.
    void add_merge(const json &merge, const std::string &place) {
        if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            files_.merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
            check_merge(place);
        } else {
            add_merge(merge.is_string() ? merge.get_ref<const std::string &>() : std::string_view(), place);
        }
    }

    void add_merge(std::string_view line, const std::string &place) {
        const std::size_t space = line.find(' ');
        files_.merges.emplace_back(line.substr(0, space),
                                   space == line.npos ? std::string_view() : line.substr(space + 1));
        check_merge(place);
    }

    void check_merge(const std::string &place) const {
        const auto &[left, right] = files_.merges.back();
        const Vocabulary &known = files_.vocabulary;
        if (!known.contains(left) || !known.contains(right) || !known.contains(left + right)) {
            throw Error(ABLE_BAD_FILE, place + ": not two tokens of the vocabulary that make a third");
        }
    }

    void add_vocabulary(const json &root, const std::string &file) {
        if (!root.is_object() || root.empty()) {
            throw Error(ABLE_BAD_FILE, file + " is not a JSON object of tokens; download it again");
        }
        files_.vocabulary.reserve(root.size());
        for (const auto &[token, value] : root.items()) {
            files_.vocabulary.emplace(token, id_of(value, token, file));
        }
    }

    void read_vocabulary() {
        files_.vocabulary_file = path("vocab.json");
        const auto text = text_of(source_, files_.vocabulary_file);
        if (!text) {
            throw Error(ABLE_NOT_FOUND, files_.vocabulary_file + " is missing, and so is " + path("tokenizer.json") +
                                            "; the model's folder is not complete");
        }
        add_vocabulary(json::parse(text->begin(), text->end(), nullptr, false), files_.vocabulary_file);
    }

    void read_merges() {
        const std::string file = path("merges.txt");
        const auto all = text_of(source_, file);
        if (!all) {
            throw Error(ABLE_NOT_FOUND, file + " is missing; the model's folder is not complete");
        }
        std::string_view text = *all;
        for (std::size_t number = 1; !text.empty(); ++number) {
            const std::size_t end = text.find('\n');
            std::string_view line = text.substr(0, end);
            text = end == text.npos ? std::string_view() : text.substr(end + 1);
            if (line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            if (!line.empty() && !line.starts_with("#version")) {
                add_merge(line, file + ", line " + std::to_string(number));
            }
        }
    }

    // Tokens beyond the vocabulary: added_tokens.json and its successor, a table in tokenizer_config.json that has the
    // flags, too.
    void read_added_tokens() {
        const std::string file = path("added_tokens.json");
        if (const json root = object_in(source_, file); !root.is_null()) {
            for (const auto &[content, id] : root.items()) {
                AddedToken token{.content = content, .id = id_of(id, content, file), .normalised = true};
                add(std::move(token));
            }
        }
        const std::string config = path("tokenizer_config.json");
        const json root = object_in(source_, config);
        const json *table = field(root, "added_tokens_decoder");
        if (table == nullptr || !table->is_object()) {
            return;
        }
        for (const auto &[key, entry] : table->items()) {
            AddedToken token = token_of(entry);
            token.id = id_of(json::parse(key, nullptr, false), token.content, config);
            add(std::move(token));
        }
    }

    // In transformers' order: if two of them name the same token, the flags of the last one count.
    void read_special_tokens() {
        const json map = object_in(source_, path("special_tokens_map.json"));
        const json config = object_in(source_, path("tokenizer_config.json"));
        files_.start = special(map, config, "bos_token", "<|startoftext|>").id;
        const AddedToken end = special(map, config, "eos_token", "<|endoftext|>");
        files_.end = end.id;
        files_.unknown = special(map, config, "unk_token", end.content).id;
        files_.padding = special(map, config, "pad_token", end.content).id;
    }

    AddedToken special(const json &map, const json &config, const char *key, const std::string &fallback) {
        // If the two files disagree, as in SD 2.1's repository, the map is right: the model was trained with it.
        const json *value = field(map, key);
        if (value == nullptr || token_of(*value).content.empty()) {
            value = field(config, key);
        }
        AddedToken token = value != nullptr ? token_of(*value) : AddedToken();
        const bool stated = !token.content.empty();
        if (!stated) {
            token.content = fallback;
        }
        const auto known = places_.find(token.content);
        if (known != places_.end()) {
            token.id = files_.added[known->second].id;
        } else if (const auto id = files_.vocabulary.find(token.content); id != files_.vocabulary.end()) {
            token.id = id->second;
        } else {
            throw Error(ABLE_BAD_FILE,
                        files_.vocabulary_file + " has no \"" + token.content + "\", which is its " + key);
        }
        if (known == places_.end() || (stated && !from_whole_)) {
            add(token);
        }
        return token;
    }

    void add(AddedToken token) {
        if (token.content.empty()) {
            return;
        }
        const auto known = places_.find(token.content);
        if (known != places_.end()) {
            files_.added[known->second] = std::move(token);
            return;
        }
        places_.emplace(token.content, files_.added.size());
        files_.added.push_back(std::move(token));
    }

    const able_source *source_;
    std::string folder_;
    TokenizerFiles files_;
    std::unordered_map<std::string, std::size_t> places_; // in files_.added, by content
    bool from_whole_ = false;                             // tokenizer.json, which has the flags of all its tokens
};

} // namespace

TokenizerFiles read_tokenizer_files(const able_source *source, const std::string &folder) {
    return Reader(source, folder).read();
}

} // namespace able::text
