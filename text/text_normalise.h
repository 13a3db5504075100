// The cleaning and cutting of text that comes before CLIP's byte pair encoding. As the "fast" tokenizer of Hugging
// Face: NFC, whitespace, lower case, then words; no spaces around ideographs, no repair of broken text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace able::text {

// UTF-8 in, UTF-8 out: NFC, every run of whitespace as one space, lower case letter by letter. Bytes that are not UTF-8
// become U+FFFD.
std::string normalise(std::string_view text);

// How many bytes of whitespace `text` begins or ends with, and whether it begins or ends within a word: with a letter,
// a mark, a digit or an underscore, as a regular expression's \w in Unicode.
size_t space_at_start(std::string_view text);
size_t space_at_end(std::string_view text);
bool word_begins(std::string_view text);
bool word_ends(std::string_view text);

// The words of normalised text: contractions ('s 't 're 've 'm 'll 'd), runs of letters, single digits, runs of
// anything else but whitespace. Views into `text`.
std::vector<std::string_view> split_words(std::string_view text);

} // namespace able::text
