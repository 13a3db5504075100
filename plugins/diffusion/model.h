// A loaded model behind the ABI's able_model.
#pragma once

#include "deep_features.h"
#include "diffusers_view.h"
#include "family.h"
#include "memory_need.h"
#include "networks.h"
#include "tensor_ops.h"

#include <ablerefusal/pipeline.h>

#include <memory>
#include <span>
#include <string>

namespace able::diffusion {

class Model {
    struct Key {
        explicit Key() = default;
    };

public:
    // What `view` shows must outlive the model. Throws able::Error and c10::Error.
    static std::unique_ptr<Model> load(std::unique_ptr<DiffusersView> view, Family family,
                                       const able_load_request &request, const able_job *job);
    // Checks whether load() with the same arguments would succeed; an autoencoder may be missing. Throws what load()
    // would throw.
    static void check(const DiffusersView &view, const Family &family, const able_load_request &request,
                      const able_job *job);
    // What load() of the same, and then a job, would take. Throws able::Error.
    static able_memory estimate(const able_source *source, const Family &family, const able_load_request &request,
                                const PictureSize &size);
    // For load() alone: nobody else has a Key.
    Model(Key key, std::unique_ptr<DiffusersView> view, Family family, Networks networks, const Placement &placement,
          const VaeTiling &tiling, int threads);
    Model(const Model &) = delete;
    Model &operator=(const Model &) = delete;

    // The ABI's view of this model; its unload() frees it.
    able_model *abi() noexcept { return &abi_; }

    // The functions of able_model; see pipeline.h. They throw able::Error and c10::Error.
    void set_adapters(std::span<const able_adapter_use *const> uses, const able_job *job);
    std::unique_ptr<able_conditioning> encode_text(const able_text_request &request, const able_job *job);
    TensorHandle encode_image(const able_image_request &request, const able_job *job) const;
    void denoise(const able_evaluation &evaluation, const able_job *job) const;
    uint32_t branch_count() const { return static_cast<uint32_t>(networks_.unet.skip_count()); }
    std::unique_ptr<able_input> make_deep_features(uint32_t branch) const;
    void decode(const able_tensor &latents, uint32_t index, able_image &image, const able_job *job) const;
    void preview(const able_tensor &denoised, uint32_t index, able_image &image) const;
    // Whether the UNet takes a mask and a masked picture beside the latents; see inpaint.h.
    bool inpaints() const { return networks_.unet.config().in_channels > networks_.vae_config.latent_channels; }
    std::unique_ptr<able_input> make_inpaint(const able_image &image, const float *mask, const able_tensor *noise,
                                             const able_job *job) const;
    able_memory memory(uint32_t width, uint32_t height, uint32_t batch) const;
    int threads() const noexcept { return threads_; }

private:
    void describe();
    at::Tensor encode(const at::Tensor &pixels, const able_tensor *noise, const able_job *job) const;
    void check_channels(const at::Tensor &latents, const able_tensor *channels) const;
    void estimate(const at::Tensor &latents, const at::Tensor &input, double sigma,
                  std::span<const able_conditioning *const> conditionings, const std::vector<size_t> &group,
                  std::vector<at::Tensor> &estimates, const able_job *job, const DeepUse &deep) const;
    at::Tensor sample_of(const able_tensor &latents, uint32_t index) const;
    Unet::Prompt prompts(std::span<const able_conditioning *const> conditionings, int64_t samples) const;

    std::unique_ptr<DiffusersView> view_; // adapters_ reads from it
    Family family_;
    Placement placement_;
    Networks networks_;
    VaeTiling tiling_;
    TensorOps ops_;
    AdapterMerger adapters_;
    int threads_;
    std::string device_;
    able_prompt_support prompt_;
    std::vector<const char *> inputs_; // ids of extensions
    able_model_info info_;
    able_model abi_;
};

} // namespace able::diffusion
