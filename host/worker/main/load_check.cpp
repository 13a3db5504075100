#include "load_check.h"

#include "host/worker/models/load_options.h"
#include "host/worker/models/loaded_model.h"
#include "host/worker/models/plugin_set.h"

#include "host/plugins/describe/param_values.h"

#include <memory>

namespace able::worker {

protocol::LoadVerdict check_load(const protocol::LoadCheck &check) {
    try {
        PluginSet set(check.plugins);
        const auto pipeline = set.pipeline(check.pipeline);
        const auto source = open_model_source(check.path);
        const auto vae = check.vae_path.empty() ? nullptr : open_model_source(check.vae_path);
        const plugins::ParamValues params(pipeline.description->params, check.params);
        auto request = load_request(inference_of(check.settings), source->abi(), vae ? vae->abi() : nullptr);
        request.params = params.abi();
        static_cast<void>(plugins::check_files(*pipeline.object, request));
        return {true, ""};
    } catch (const plugins::CallError &error) {
        return {error.status() == ABLE_UNSUPPORTED || error.status() == ABLE_BAD_FILE, error.what()};
    } catch (const std::exception &error) {
        return {false, error.what()};
    }
}

} // namespace able::worker
