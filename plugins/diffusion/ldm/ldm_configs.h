// The texts of a diffusers folder that go with the networks of a checkpoint in one file.
#pragma once

#include "ldm_layout.h"

#include <map>
#include <string>

namespace able::diffusion {

// By path: "model_index.json", "unet/config.json", … and the tokenizers' settings, but not their vocabularies. Values
// as in the repositories of the families' models.
std::map<std::string, std::string, std::less<>> ldm_configs(const LdmLayout &layout);

} // namespace able::diffusion
