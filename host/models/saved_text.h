// What was saved in the place of weights: a web page, an error message, a pointer of Git LFS.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace able::models {

// Throws ModelError (ABLE_BAD_FILE), with the first words, if a file that begins with `start` is a text; no format of
// weights begins as one. `label` names the file. 512 bytes are enough.
void refuse_text(std::span<const std::byte> start, const std::string &label);

} // namespace able::models
