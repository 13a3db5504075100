#include "commands.h"
#include "executable.h"
#include "exit_code.h"
#include "generate_request.h"
#include "image_output.h"
#include "interrupt.h"
#include "local_host.h"
#include "progress.h"
#include "terminal.h"

#include "host/models/weight_names.h"
#include "host/server/catalogue/token_counter.h"
#include "host/server/queue/environment.h"
#include "host/server/requests/from_image.h"
#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"

#include <unistd.h>

#include <ctime>
#include <iostream>
#include <memory>
#include <random>

namespace able::app {

namespace {

struct GenerateCommand {
    explicit GenerateCommand(CLI::App &command)
        : flags(command),
          options(command, {"storage.models_dir", "storage.output_dir", "plugins.paths", "inference.device",
                            "inference.dtype", "inference.threads", "logging.level"}) {}
    GenerateFlags flags;
    ConfigOptions options;
    std::string output;
    bool json = false;
};

// A name for the images of this run: the time, so that they sort, and a number, so that two runs do not collide.
std::string make_job_id() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[64];
    std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
    char suffix[16];
    std::snprintf(suffix, sizeof suffix, "-%06x", std::random_device{}() & 0xffffffU);
    return std::string(text) + suffix;
}

[[noreturn]] void refuse_model(const std::string &message) {
    throw base::RequestError(base::ErrorKind::invalid, "unknown_model", message, "model");
}

// The place to look for a model that was given as a path: the folder itself, or the one that the file is in. Nothing if
// there is no such thing on the disk, so that the text is an id.
std::optional<std::filesystem::path> model_root(const std::string &text) {
    std::error_code error;
    const std::filesystem::path path = std::filesystem::canonical(text, error);
    if (text.empty() || error) {
        return std::nullopt;
    }
    if (std::filesystem::is_regular_file(path, error)) {
        if (!models::is_weight_file_name(path.filename().string())) {
            refuse_model(text + " is not a model: its name does not end in " + models::weight_extensions());
        }
        return path.parent_path();
    }
    if (!std::filesystem::is_regular_file(path / "model_index.json", error)) {
        refuse_model("the folder " + text + " has no model_index.json, which every diffusers folder has");
    }
    return path;
}

// Shows a job's reports: progress on standard error, finished images on standard output.
class Display final : public server::JobSink {
public:
    Display(const ImageOutput &output, std::uint32_t images, bool json)
        : output_(output), json_(json),
          progress_(std::cerr, is_terminal(STDERR_FILENO) ? static_cast<std::size_t>(terminal_width(STDERR_FILENO)) : 0,
                    images) {}

    void phase(const protocol::Phase &phase) override {
        progress_.phase(phase.name == "loading" ? "loading model" : phase.name, phase.fraction, Clock::now());
    }
    void step(const protocol::Step &step) override { progress_.step(step.image, step.step, step.steps, Clock::now()); }
    void image(const protocol::ImageDone &image) override {
        const std::filesystem::path path = output_.place(image.path, image.image);
        progress_.clear();
        progress_.begin_image(image.image + 1);
        if (json_) {
            images_.push_back({{"path", path.string()},
                               {"seed", image.seed},
                               {"width", image.width},
                               {"height", image.height},
                               {"metadata", image.metadata}});
            return;
        }
        std::cout << path.string() << "  seed " << image.seed << std::endl;
    }
    void finish() {
        progress_.clear();
        if (json_) {
            std::cout << nlohmann::json{{"images", images_}}.dump(2) << std::endl;
        }
    }

private:
    using Clock = std::chrono::steady_clock;
    const ImageOutput &output_;
    const bool json_;
    Progress progress_;
    nlohmann::json images_ = nlohmann::json::array();
};

int report(const server::Outcome &outcome) {
    if (outcome.kind == server::OutcomeKind::completed) {
        return exit_ok;
    }
    if (outcome.kind == server::OutcomeKind::cancelled) {
        std::cerr << "ablerefusal: cancelled\n";
        return exit_interrupted;
    }
    std::cerr << "ablerefusal: " << printable(outcome.error) << '\n';
    return exit_job_failed;
}

nlohmann::json with_settings_of_image(nlohmann::json document, const plugins::Registry &registry,
                                      const server::Catalogue &catalogue) {
    const server::PictureReader reader{nullptr, [](const auto &png) {
                                           return server::picture_texts(executable_path(), png);
                                       }};
    server::PictureSettings filled = server::fill_from_image(std::move(document), reader, registry, catalogue);
    for (const std::string &warning : filled.warnings) {
        std::cerr << "ablerefusal: " << printable(warning) << '\n';
    }
    return std::move(filled.request);
}

int generate(const GenerateCommand &command) {
    const config::Loaded loaded = command.options.load();
    set_up_quiet_logging(loaded, "warning");
    nlohmann::json document = command.flags.request();
    server::CatalogueRoots roots = server::catalogue_roots(loaded.config, executable_path());
    if (const auto root = model_root(command.flags.model())) {
        roots.model_folders = {*root};
        roots.hub_caches.clear();
        roots.bundled_folders.clear();
        roots.max_depth = 0;
        const std::filesystem::path path = std::filesystem::canonical(command.flags.model());
        document["model"] = path.filename().string();
    }
    LocalHost host(loaded.config);
    if (document.contains("from_image")) {
        document = with_settings_of_image(std::move(document), *host.registry(), *host.catalogue(roots));
    }
    const server::Request request = server::parse_request(document); // mistakes show before models are looked for

    server::CancelToken cancel;
    const Interrupt interrupt([&] { cancel.cancel(); });
    const auto registry = host.registry();
    const auto catalogue = host.catalogue(roots);
    protocol::Generate spec = server::resolve(
        request, *registry, *catalogue, loaded.config,
        {.count_tokens = [&](const auto &model, const auto &prompts, const auto &words) {
            return server::count_tokens(executable_path(), plugins::plugins_to_json(*registry), model, prompts, words);
        }}); // the worker itself says soon enough if the model does not load
    const ImageOutput output(command.output, loaded.config.storage.output_dir, spec.batch_size);
    spec.output_dir = output.folder().string();

    Display display(output, spec.batch_size, command.json);
    server::SlotOptions options = server::slot_options(loaded.config, executable_path());
    options.limits = {}; // whoever waits at the keyboard decides how long
    server::Slot slot(std::move(options));
    const server::Outcome outcome = slot.run({make_job_id(), std::move(spec)}, *registry, display, cancel);
    display.finish();
    slot.shut_down();
    return report(outcome);
}

} // namespace

void add_generate(CLI::App &app, Action &action) {
    CLI::App *command = app.add_subcommand("generate", "Make images without a server");
    const auto state = std::make_shared<GenerateCommand>(*command);
    command->add_option("-o,--output", state->output, "A .png file, or a folder (default: storage.output_dir)")
        ->type_name("FILE|FOLDER");
    command->add_flag("--json", state->json, "Print the images as JSON, for programs");
    command->footer(
        "Prints each image's path and seed on standard output, progress on standard error. Ctrl-C cancels.\n"
        "A batch with --output picture.png makes picture-0.png, picture-1.png and so on.\n"
        "Examples:\n"
        "  ablerefusal generate \"a lighthouse at dusk\" -o lighthouse.png\n"
        "  ablerefusal generate \"a fox\" --model ./my-model --steps 30 --sampler \"DPM++ 2M Karras\" --seed 42\n"
        "  ablerefusal generate \"in watercolour\" --init-image photo.jpg --strength 0.6 --lora watercolour:0.8\n"
        "  ablerefusal generate --from-image lighthouse.png --seed 7 -o another.png\n"
        "  ablerefusal generate \"a red hat\" --init-image photo.jpg --mask hat.png --inpaint-region only_masked");
    command->callback([&action, state] {
        action = [state]() -> int {
            try {
                return generate(*state);
            } catch (const base::RequestError &error) {
                std::cerr << "ablerefusal: " << explain(error) << '\n';
                return exit_bad_input;
            }
        };
    });
}

} // namespace able::app
