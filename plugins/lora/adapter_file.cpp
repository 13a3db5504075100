#include "adapter_file.h"

#include "../diffusion/ldm/families.h"
#include "change.h"
#include "family.h"
#include "peft_settings.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>

namespace able::lora {

namespace {

// "the adapter is made for SDXL, the model is SD 1.x", where that is so; else empty.
std::string other_family(const able_source &source, const able_targets &targets) {
    const char *family = guess_family(source);
    if (family == nullptr || targets.family == nullptr || std::string_view(family) == targets.family) {
        return {};
    }
    return "the adapter is made for " + families::name_of(family) + ", the model is " +
           families::name_of(targets.family);
}

[[noreturn]] void refuse_all(const able_source &source, const able_targets &targets, const Matches &matched) {
    if (matched.unmatched.empty()) {
        throw Error(ABLE_BAD_FILE, "the adapter's file holds no tensors");
    }
    if (const std::string why = other_family(source, targets); !why.empty()) {
        throw Error(ABLE_UNSUPPORTED, why + "; choose an adapter and a model of one family");
    }
    if (matched.method != nullptr) {
        throw Error(ABLE_UNSUPPORTED, std::string("the adapter uses ") + matched.method->name +
                                          ", which this version cannot apply; docs/lora.md lists what it can");
    }
    constexpr std::size_t shown = 5;
    std::string keys;
    for (std::size_t i = 0; i < std::min(shown, matched.unmatched.size()); ++i) {
        keys += (i > 0 ? ", " : "") + in_quotes(matched.unmatched[i]);
    }
    throw Error(ABLE_UNSUPPORTED, "none of the file's " + std::to_string(matched.unmatched.size()) +
                                      " tensors fits a weight of the model; the first are " + keys);
}

} // namespace

AdapterFile::AdapterFile(const able_source &source, const able_targets &targets) {
    Matches matched = match(source, targets);
    if (matched.changes.empty()) {
        refuse_all(source, targets, matched);
    }
    const PeftSettings settings(source);
    DeltaMaker maker(source, targets, settings, layouts_);
    for (const auto &[module, change] : matched.changes) {
        try {
            for (able_delta delta : maker.make(module, change)) {
                delta.target = target_names_.emplace_back(delta.target).c_str();
                deltas_.push_back(delta);
            }
        } catch (const Error &error) {
            const std::string why = other_family(source, targets);
            if (why.empty()) {
                throw;
            }
            throw Error(ABLE_UNSUPPORTED, why + ": " + error.what());
        }
    }
    unmatched_ = std::move(matched.unmatched);
    if (!unmatched_.empty()) { // what fits by chance is no reason to drop the rest
        if (const std::string why = other_family(source, targets); !why.empty()) {
            throw Error(ABLE_UNSUPPORTED, why + "; choose an adapter and a model of one family");
        }
    }

    interface_ = make_struct<able_adapter_file>();
    interface_.self = this;
    interface_.delta_count = [](const able_adapter_file *file) noexcept {
        return static_cast<uint32_t>(self(file).deltas_.size());
    };
    interface_.delta_at = [](const able_adapter_file *file, uint32_t index) noexcept -> const able_delta * {
        const auto &deltas = self(file).deltas_;
        return index < deltas.size() ? &deltas[index] : nullptr;
    };
    interface_.unmatched_count = [](const able_adapter_file *file) noexcept {
        return static_cast<uint32_t>(self(file).unmatched_.size());
    };
    interface_.unmatched_at = [](const able_adapter_file *file, uint32_t index) noexcept -> const char * {
        const auto &unmatched = self(file).unmatched_;
        return index < unmatched.size() ? unmatched[index].c_str() : nullptr;
    };
    interface_.close = [](able_adapter_file *file) noexcept {
        const std::unique_ptr<AdapterFile> owner(static_cast<AdapterFile *>(file->self));
    };
}

able_adapter_file *AdapterFile::hand_over(std::unique_ptr<AdapterFile> file) {
    return &file.release()->interface_;
}

} // namespace able::lora
