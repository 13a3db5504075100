#include "image_record.h"

#include "sampling_record.h"

#include "host/images/metadata.h"

#include "ablerefusal_version.h"

namespace able::worker {

namespace {

nlohmann::json origin_json(const Origin &origin) {
    return {{"id", origin.id}, {"plugin", origin.plugin}, {"version", origin.version}};
}

// What A1111's own files carry: the first ten digits of the SHA-256.
std::string short_hash(const std::string &sha256) {
    return sha256.substr(0, 10);
}

// A1111's names and words; what is its default is left out, as there.
void add_inpainting(images::Parameters &parameters, const protocol::Inpainting &inpainting) {
    if (inpainting.mask.empty()) {
        return;
    }
    parameters.extra.emplace_back("Mask blur", std::to_string(inpainting.blur));
    if (inpainting.only_masked) {
        parameters.extra.emplace_back("Inpaint area", "Only masked");
        parameters.extra.emplace_back("Masked area padding", std::to_string(inpainting.padding));
    }
    if (inpainting.invert) {
        parameters.extra.emplace_back("Mask mode", "Inpaint not masked");
    }
    if (inpainting.content != "original") {
        parameters.extra.emplace_back("Masked content", inpainting.content == "noise"   ? "latent noise"
                                                        : inpainting.content == "zeros" ? "latent nothing"
                                                                                        : inpainting.content);
    }
}

} // namespace

nlohmann::json image_metadata(const ImageRecord &record) {
    const auto &spec = record.spec;
    nlohmann::json loras = nlohmann::json::array();
    for (const auto &lora : record.loras) {
        loras.push_back({{"id", lora.id},
                         {"sha256", lora.sha256},
                         {"unet_weight", lora.unet_weight},
                         {"text_weight", lora.text_weight},
                         {"matched", lora.matched},
                         {"unmatched", lora.unmatched}});
        if (!lora.blocks.empty()) {
            loras.back()["block_weights"] = lora.blocks;
        }
        if (!lora.params.empty()) {
            loras.back()["params"] = lora.params;
        }
    }
    nlohmann::json json{{"version", ABLEREFUSAL_VERSION},
                        {"prompt", record.prompt.prompt},
                        {"negative_prompt", record.prompt.negative_prompt},
                        {"model", {{"id", spec.model_id}, {"sha256", record.model_hash}, {"family", record.family}}},
                        {"width", spec.width},
                        {"height", spec.height},
                        {"steps", spec.steps},
                        {"steps_taken", record.steps_taken},
                        {"cfg_scale", spec.cfg_scale},
                        {"seed", record.seed},
                        {"sampler", origin_json(record.sampler)},
                        {"pipeline", origin_json(record.pipeline)},
                        {"sampler_params", spec.sampler_params},
                        {"schedule_params", spec.schedule_params},
                        {"loras", std::move(loras)},
                        {"device", record.device},
                        {"dtype", record.dtype}};
    if (spec.sigmas.empty()) {
        json["schedule"] = origin_json(record.schedule);
    }
    record_options(json, spec, record.seed);
    if (!spec.few_steps.fields.empty()) {
        json["few_steps"] = base::to_document(spec.few_steps);
    }
    for (const auto &embedding : record.embeddings) {
        json["embeddings"].push_back({{"id", embedding.id},
                                      {"name", embedding.name},
                                      {"sha256", embedding.sha256},
                                      {"tokens", embedding.tokens}});
    }
    if (record.prompt.prompt != spec.prompt) {
        json["prompt_template"] = spec.prompt;
    }
    if (record.prompt.negative_prompt != spec.negative_prompt) {
        json["negative_prompt_template"] = spec.negative_prompt;
    }
    if (!spec.vae_id.empty()) {
        json["vae"] = {{"id", spec.vae_id}, {"sha256", record.vae_hash}};
    }
    if (!spec.refiner_id.empty()) {
        json["refiner"] = {{"id", spec.refiner_id}, {"sha256", record.refiner_hash}, {"start", spec.refiner_start}};
    }
    if (spec.clip_skip > 0) {
        json["clip_skip"] = spec.clip_skip;
    }
    return json;
}

std::string image_parameters(const ImageRecord &record) {
    const auto &spec = record.spec;
    images::Parameters parameters;
    parameters.prompt = record.prompt.prompt;
    parameters.negative_prompt = record.prompt.negative_prompt;
    parameters.steps = spec.steps;
    parameters.sampler = record.sampler.name;
    parameters.schedule_type = record.schedule.name;
    parameters.cfg_scale = spec.cfg_scale;
    parameters.seed = record.seed;
    parameters.width = spec.width;
    parameters.height = spec.height;
    parameters.model_hash = short_hash(record.model_hash);
    parameters.model = spec.model_id;
    if (!spec.vae_id.empty()) {
        parameters.vae = spec.vae_id;
        parameters.vae_hash = short_hash(record.vae_hash);
    }
    if (!spec.refiner_id.empty()) {
        // As AUTOMATIC1111 writes them.
        parameters.extra.emplace_back("Refiner", spec.refiner_id + " [" + short_hash(record.refiner_hash) + "]");
        parameters.extra.emplace_back("Refiner switch at", nlohmann::json(spec.refiner_start).dump());
    }
    if (!spec.init_image.empty()) {
        parameters.denoising_strength = spec.strength;
    }
    if (spec.clip_skip > 0) {
        parameters.clip_skip = spec.clip_skip;
    }
    for (const auto &lora : record.loras) {
        parameters.lora_hashes.push_back({lora.id, short_hash(lora.sha256)});
    }
    add_inpainting(parameters, spec.inpainting);
    if (!record.embeddings.empty()) {
        // As AUTOMATIC1111 writes them.
        std::string hashes;
        for (const auto &embedding : record.embeddings) {
            hashes += (hashes.empty() ? "" : ", ") + embedding.name + ": " + embedding.sha256.substr(0, 12);
        }
        parameters.extra.emplace_back("TI hashes", std::move(hashes));
    }
    record_options(parameters, spec, record.seed);
    // As the Dynamic Prompts extension writes them.
    if (record.prompt.prompt != spec.prompt) {
        parameters.extra.emplace_back("Template", spec.prompt);
    }
    if (record.prompt.negative_prompt != spec.negative_prompt) {
        parameters.extra.emplace_back("Negative Template", spec.negative_prompt);
    }
    // The noise is torch's CPU stream: what A1111 makes with "random number generator source: CPU".
    parameters.extra.emplace_back("RNG", "CPU");
    parameters.version = "AbleRefusal " ABLEREFUSAL_VERSION;
    return images::parameters_text(parameters);
}

} // namespace able::worker
