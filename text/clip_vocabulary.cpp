#include "clip_vocabulary.h"

#include <ablerefusal/glue.hpp>

#include <vector>

namespace able::text {
namespace {

// The characters that stand for bytes, in the order of their ids: those that are printable in Latin-1 as themselves,
// then the rest as U+0100 and up (clip/simple_tokenizer.py, bytes_to_unicode).
std::vector<std::string> vocabulary_characters() {
    std::vector<unsigned> codes;
    for (unsigned code = 0x21; code <= 0xff; ++code) {
        if (code <= 0x7e || (code >= 0xa1 && code != 0xad)) {
            codes.push_back(code);
        }
    }
    for (unsigned code = 0x100; codes.size() < 256; ++code) {
        codes.push_back(code);
    }
    std::vector<std::string> characters;
    for (const unsigned code : codes) {
        if (code < 0x80) {
            characters.emplace_back(1, static_cast<char>(code));
            continue;
        }
        characters.push_back({static_cast<char>(0xC0U | code >> 6U), static_cast<char>(0x80U | (code & 0x3FU))});
    }
    return characters;
}

class Json {
public:
    void add(std::string_view left, std::string_view right = {}) {
        text_ += text_.empty() ? "{\"" : ", \"";
        for (const std::string_view part : {left, right}) {
            for (const char c : part) {
                if (c == '"' || c == '\\') {
                    text_ += '\\';
                }
                text_ += c;
            }
        }
        text_ += "\": " + std::to_string(count_++);
    }
    std::string take() { return std::move(text_) + "}"; }

private:
    std::string text_;
    unsigned count_ = 0;
};

std::string make_vocabulary() {
    Json json;
    const std::vector<std::string> characters = vocabulary_characters();
    for (const char *end : {"", "</w>"}) {
        for (const std::string &character : characters) {
            json.add(character, end);
        }
    }
    std::string_view merges = clip_merges();
    merges.remove_prefix(merges.find('\n') + 1); // the version
    while (!merges.empty()) {
        const std::string_view line = merges.substr(0, merges.find('\n'));
        merges.remove_prefix(line.size() + 1);
        const std::size_t space = line.find(' ');
        json.add(line.substr(0, space), line.substr(space + 1));
    }
    json.add("<|startoftext|>");
    json.add("<|endoftext|>");
    return json.take();
}

const char *tokenizer_file(const able_source *, const char *path, uint64_t *length) noexcept {
    const std::string_view wanted(path);
    const std::string_view text = wanted == "tokenizer/vocab.json"   ? std::string_view(clip_vocabulary())
                                  : wanted == "tokenizer/merges.txt" ? clip_merges()
                                                                     : std::string_view();
    if (length != nullptr) {
        *length = text.size();
    }
    return text.data();
}

} // namespace

const std::string &clip_vocabulary() {
    static const std::string text = make_vocabulary();
    return text;
}

const able_source *clip_tokenizer_source() {
    static const able_source source = [] {
        auto files = make_struct<able_source>();
        files.kind = ABLE_SOURCE_FOLDER;
        files.text = tokenizer_file;
        return files;
    }();
    return &source;
}

} // namespace able::text
