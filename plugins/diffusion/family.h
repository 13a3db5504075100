// What sets a family of models apart: its text encoders, and what it makes of a prompt.
#pragma once

#include "conditioning.h"
#include "preview.h"
#include "text_stage.h"

#include <ablerefusal/pipeline.h>

#include <functional>
#include <memory>
#include <vector>

namespace able::diffusion {

// What the model's UNet is given for a prompt. Throws able::Error for what the request cannot have.
using Conditioner = std::function<std::unique_ptr<able_conditioning>(
    std::vector<TextStage> &texts, const able_text_request &request, const able_job *job)>;

struct Family {
    const char *name;               // as in able_model_info; constants
    const char *variant;            //
    std::vector<TextFolders> texts; // the UNet reads their outputs side by side, in this order
    Conditioner condition;
    LatentColours colours;
};

} // namespace able::diffusion
