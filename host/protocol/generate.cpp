#include "generate.h"

#include <algorithm>

namespace able::protocol {

namespace {

nlohmann::json loras_json(const std::vector<LoraUse> &loras) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto &lora : loras) {
        list.push_back({{"id", lora.id},
                        {"path", lora.path},
                        {"unet_weight", lora.unet_weight},
                        {"text_weight", lora.text_weight},
                        {"blocks", lora.blocks},
                        {"params", lora.params}});
    }
    return list;
}

std::vector<LoraUse> loras_from(const nlohmann::json &list) {
    std::vector<LoraUse> loras;
    for (const auto &lora : list) {
        loras.push_back({lora.at("id").get<std::string>(), lora.at("path").get<std::string>(),
                         lora.at("unet_weight").get<double>(), lora.at("text_weight").get<double>(),
                         lora.at("blocks").get<std::vector<double>>(), lora.at("params")});
    }
    return loras;
}

nlohmann::json embeddings_json(const std::vector<EmbeddingUse> &embeddings) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto &embedding : embeddings) {
        list.push_back({{"id", embedding.id},
                        {"path", embedding.path},
                        {"words", embedding.words},
                        {"bundled", embedding.bundled}});
    }
    return list;
}

std::vector<EmbeddingUse> embeddings_from(const nlohmann::json &list) {
    std::vector<EmbeddingUse> embeddings;
    for (const auto &embedding : list) {
        embeddings.push_back({embedding.at("id").get<std::string>(), embedding.at("path").get<std::string>(),
                              embedding.at("words").get<std::vector<std::string>>(),
                              embedding.at("bundled").get<std::string>()});
    }
    return embeddings;
}

} // namespace

const ImagePrompt &prompt_of(const Generate &spec, std::uint32_t index) {
    return spec.prompts.size() == 1 ? spec.prompts.front() : spec.prompts.at(index);
}

std::vector<LoraUse> loras_of(const Generate &spec, const ImagePrompt &prompt) {
    std::vector<LoraUse> loras = spec.loras;
    loras.insert(loras.end(), prompt.loras.begin(), prompt.loras.end());
    return loras;
}

void to_json(nlohmann::json &json, const FewStepsUse &use) {
    json = {{"lora", use.lora}, {"kind", use.kind}, {"fields", use.fields}};
}

void from_json(const nlohmann::json &json, FewStepsUse &use) {
    json.at("lora").get_to(use.lora);
    json.at("kind").get_to(use.kind);
    json.at("fields").get_to(use.fields);
}

std::uint32_t steps_from_picture(std::uint32_t steps, double strength) {
    return std::min(static_cast<std::uint32_t>(steps * strength), steps);
}

void to_json(nlohmann::json &json, const Generate &spec) {
    nlohmann::json prompts = nlohmann::json::array();
    for (const auto &prompt : spec.prompts) {
        prompts.push_back({{"prompt", prompt.prompt},
                           {"negative_prompt", prompt.negative_prompt},
                           {"loras", loras_json(prompt.loras)},
                           {"embeddings", embeddings_json(prompt.embeddings)}});
    }
    json = {{"prompt", spec.prompt},
            {"negative_prompt", spec.negative_prompt},
            {"prompts", std::move(prompts)},
            {"prompt_syntax", spec.prompt_syntax},
            {"prompt_weighting", spec.prompt_weighting},
            {"model_id", spec.model_id},
            {"model_path", spec.model_path},
            {"model_kind", spec.model_kind},
            {"width", spec.width},
            {"height", spec.height},
            {"steps", spec.steps},
            {"cfg_scale", spec.cfg_scale},
            {"seed", spec.seed},
            {"batch_size", spec.batch_size},
            {"first_image", spec.first_image},
            {"guidance", spec.guidance},
            {"noise", spec.noise},
            {"deep_cache", spec.deep_cache},
            {"sigmas", spec.sigmas},
            {"sampler", spec.sampler},
            {"schedule", spec.schedule},
            {"sampler_params", spec.sampler_params},
            {"schedule_params", spec.schedule_params},
            {"pipeline_params", spec.pipeline_params},
            {"load_params", spec.load_params},
            {"loras", loras_json(spec.loras)},
            {"few_steps", spec.few_steps},
            {"vae_id", spec.vae_id},
            {"vae_path", spec.vae_path},
            {"refiner_id", spec.refiner_id},
            {"refiner_path", spec.refiner_path},
            {"refiner_start", spec.refiner_start},
            {"clip_skip", spec.clip_skip},
            {"init_image", nlohmann::json::binary(spec.init_image)},
            {"strength", spec.strength},
            {"inpainting", spec.inpainting},
            {"preview", spec.preview},
            {"output_dir", spec.output_dir}};
}

void from_json(const nlohmann::json &json, Generate &spec) {
    json.at("prompt").get_to(spec.prompt);
    json.at("negative_prompt").get_to(spec.negative_prompt);
    spec.prompts.clear();
    for (const auto &prompt : json.at("prompts")) {
        spec.prompts.push_back({prompt.at("prompt").get<std::string>(), prompt.at("negative_prompt").get<std::string>(),
                                loras_from(prompt.at("loras")), embeddings_from(prompt.at("embeddings"))});
    }
    json.at("prompt_syntax").get_to(spec.prompt_syntax);
    json.at("prompt_weighting").get_to(spec.prompt_weighting);
    json.at("model_id").get_to(spec.model_id);
    json.at("model_path").get_to(spec.model_path);
    json.at("model_kind").get_to(spec.model_kind);
    json.at("width").get_to(spec.width);
    json.at("height").get_to(spec.height);
    json.at("steps").get_to(spec.steps);
    json.at("cfg_scale").get_to(spec.cfg_scale);
    json.at("seed").get_to(spec.seed);
    json.at("batch_size").get_to(spec.batch_size);
    json.at("first_image").get_to(spec.first_image);
    json.at("guidance").get_to(spec.guidance);
    json.at("noise").get_to(spec.noise);
    json.at("deep_cache").get_to(spec.deep_cache);
    json.at("sigmas").get_to(spec.sigmas);
    json.at("inpainting").get_to(spec.inpainting);
    json.at("sampler").get_to(spec.sampler);
    json.at("schedule").get_to(spec.schedule);
    spec.sampler_params = json.at("sampler_params");
    spec.schedule_params = json.at("schedule_params");
    spec.pipeline_params = json.at("pipeline_params");
    spec.load_params = json.at("load_params");
    spec.loras = loras_from(json.at("loras"));
    json.at("few_steps").get_to(spec.few_steps);
    json.at("vae_id").get_to(spec.vae_id);
    json.at("vae_path").get_to(spec.vae_path);
    json.at("refiner_id").get_to(spec.refiner_id);
    json.at("refiner_path").get_to(spec.refiner_path);
    json.at("refiner_start").get_to(spec.refiner_start);
    json.at("clip_skip").get_to(spec.clip_skip);
    spec.init_image = json.at("init_image").get_binary();
    json.at("strength").get_to(spec.strength);
    json.at("preview").get_to(spec.preview);
    json.at("output_dir").get_to(spec.output_dir);
}

} // namespace able::protocol
