// The cleaning and cutting of text that comes before CLIP's byte pair encoding. As the "fast" tokenizer of Hugging
// Face: NFC, whitespace, lower case, then words; no spaces around ideographs, no repair of broken text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace able::text {

// UTF-8 in, UTF-8 out: NFC, every run of whitespace as one space, lower case letter by letter. Bytes that are not UTF-8
// become U+FFFD.
std::string normalise(std::string_view text);

// The words of normalised text: contractions ('s 't 're 've 'm 'll 'd), runs of letters, single digits, runs of
// anything else but whitespace. Views into `text`.
std::vector<std::string_view> split_words(std::string_view text);

} // namespace able::text
