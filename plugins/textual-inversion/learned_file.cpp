#include "learned_file.h"

#include "../diffusion/ldm/families.h"

#include <ablerefusal/glue.hpp>

#include <map>

namespace able::textual_inversion {

namespace {

constexpr std::string_view embedding = ".text_model.embeddings.token_embedding.weight";
constexpr std::string_view first_encoder = "text_encoder", second_encoder = "text_encoder_2";

// The widths of a model's text encoders, by component.
std::map<std::string, int64_t> encoders_of(const able_targets &targets) {
    std::map<std::string, int64_t> encoders;
    const uint32_t count = targets.count(&targets);
    for (uint32_t i = 0; i < count; ++i) {
        const able_target *target = targets.at(&targets, i);
        const std::string_view name = target != nullptr && target->name != nullptr ? target->name : "";
        if (name.ends_with(embedding) && target->ndim == 2) {
            encoders.emplace(name.substr(0, name.size() - embedding.size()), target->shape[1]);
        }
    }
    if (encoders.empty()) {
        throw Error(ABLE_UNSUPPORTED, "the model's pipeline shows no text encoder that an embedding could be for");
    }
    return encoders;
}

[[noreturn]] void refuse(const Layout &layout, const able_targets &targets, const std::string &otherwise) {
    const std::string_view made_for = layout.family, model = targets.family != nullptr ? targets.family : "";
    if (!made_for.empty() && made_for != model) {
        throw Error(ABLE_UNSUPPORTED, "the embedding is made for " + families::name_of(made_for) + ", the model is " +
                                          families::name_of(model) + "; choose an embedding and a model of one family");
    }
    throw Error(ABLE_UNSUPPORTED, otherwise);
}

} // namespace

LearnedFile::LearnedFile(const able_source &source, const able_targets &targets) {
    const Layout layout = read_layout(source);
    if (layout.kind == Layout::Kind::none) {
        throw Error(ABLE_BAD_FILE, layout.problem);
    }
    const auto encoders = encoders_of(targets);
    for (const auto &[encoder, width] : encoders) {
        const char *tensor = layout.vectors;
        if (layout.kind == Layout::Kind::by_name) {
            tensor = encoder == first_encoder ? layout.clip_l : encoder == second_encoder ? layout.clip_g : nullptr;
            const bool for_more = encoders.size() == 1 && encoder == first_encoder && layout.clip_g != nullptr;
            if (for_more) { // the model lacks the other encoder
                refuse(layout, targets, "the embedding is for two text encoders, the model has one");
            }
        } else if (encoders.size() > 1) {
            refuse(layout, targets,
                   "the embedding is for one text encoder, the model has " + std::to_string(encoders.size()) +
                       "; one for SDXL holds \"clip_l\" and \"clip_g\"");
        }
        if (tensor == nullptr) {
            refuse(layout, targets, "the embedding has no vectors for the model's \"" + encoder + "\"");
        }
        const int64_t found = width_of(*source.tensor(&source, tensor));
        if (found != width) {
            refuse(layout, targets,
                   "the embedding's vectors have " + std::to_string(found) + " values, the model's \"" + encoder +
                       "\" reads " + std::to_string(width) + "; it was made for another kind of model");
        }
        add(encoder, width, source, tensor);
    }
    unmatched_.assign(layout.others.begin(), layout.others.end());
    describe();
}

void LearnedFile::add(const std::string &encoder, int64_t width, const able_source &source, const char *tensor) {
    const able_view &view = *source.tensor(&source, tensor);
    auto vectors =
        std::make_unique<Vectors>(Vectors{encoder, {tokens_of(view), width}, make_struct<able_token_vectors>()});
    vectors->abi.encoder = vectors->encoder.c_str();
    vectors->abi.vectors = view;
    vectors->abi.vectors.ndim = 2;
    vectors->abi.vectors.shape = vectors->shape.data();
    vectors->abi.vectors.strides = nullptr; // sources are dense
    vectors_.push_back(std::move(vectors));
}

void LearnedFile::describe() {
    interface_ = make_struct<able_adapter_file>();
    interface_.self = this;
    interface_.delta_count = [](const able_adapter_file *) noexcept -> uint32_t {
        return 0;
    };
    interface_.delta_at = [](const able_adapter_file *, uint32_t) noexcept -> const able_delta * {
        return nullptr;
    };
    interface_.unmatched_count = [](const able_adapter_file *file) noexcept {
        return static_cast<uint32_t>(self(file).unmatched_.size());
    };
    interface_.unmatched_at = [](const able_adapter_file *file, uint32_t index) noexcept -> const char * {
        const auto &unmatched = self(file).unmatched_;
        return index < unmatched.size() ? unmatched[index].c_str() : nullptr;
    };
    interface_.close = [](able_adapter_file *file) noexcept {
        const std::unique_ptr<LearnedFile> owner(static_cast<LearnedFile *>(file->self));
    };
    interface_.token_vectors_count = [](const able_adapter_file *file) noexcept {
        return static_cast<uint32_t>(self(file).vectors_.size());
    };
    interface_.token_vectors_at = [](const able_adapter_file *file,
                                     uint32_t index) noexcept -> const able_token_vectors * {
        const auto &vectors = self(file).vectors_;
        return index < vectors.size() ? &vectors[index]->abi : nullptr;
    };
}

able_adapter_file *LearnedFile::hand_over(std::unique_ptr<LearnedFile> file) {
    return &file.release()->interface_;
}

} // namespace able::textual_inversion
