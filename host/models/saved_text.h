// Recognises a text that was saved in place of weights: a web page, an error message, a pointer of Git LFS.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace able::models {

// Throws ModelError (ABLE_BAD_FILE) that quotes the first words if `start`, the beginning of a file, is text; no format
// of weights begins with text. `label` names the file. 512 bytes are enough.
void refuse_text(std::span<const std::byte> start, const std::string &label);

} // namespace able::models
