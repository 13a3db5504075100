// Which family of models an adapter was made for, as far as its keys tell.
#pragma once

#include <ablerefusal/source.h>

namespace able::lora {

// "sd1", "sd2", "sdxl", "sd3", "flux"; NULL where nothing gives it away. Judges by the width of the text that the
// cross-attention reads, else by names that only one family has, else by what the trainer says in the metadata.
const char *guess_family(const able_source &source);

} // namespace able::lora
