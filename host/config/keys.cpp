#include "keys.h"

#include "memory_limit.h"
#include "model_places.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace able::config {

namespace {

template <auto section, auto field>
Member member(Config &config) {
    return &((config.*section).*field);
}

constexpr double mebibyte = 1024.0 * 1024.0;
constexpr double day = 24.0 * 60.0 * 60.0;

bool is_device(std::string_view text) {
    if (text == "auto" || text == "cpu" || text == "mps") {
        return true;
    }
    constexpr std::string_view prefix = "cuda:";
    if (!text.starts_with(prefix)) {
        return false;
    }
    unsigned index = 0;
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + prefix.size(), end, index);
    return error == std::errc{} && stop == end && index < 128;
}

constexpr std::array<std::string_view, 4> dtypes = {"auto", "fp32", "fp16", "bf16"};
constexpr std::array<std::string_view, 3> tilings = {"auto", "on", "off"};
constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info", "warning", "error", "off"};

template <const auto &choices>
bool is_choice(std::string_view text) {
    return std::find(choices.begin(), choices.end(), text) != choices.end();
}

bool is_host(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 ||
                            std::string_view(".-_:[]").find(static_cast<char>(c)) != std::string_view::npos);
    });
}

// Shorter tokens can be guessed over a network; anything but visible ASCII cannot travel in a header.
bool is_token(std::string_view text) {
    return text.size() >= 16 && text.size() <= 512 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool is_hub_token(std::string_view text) {
    return text.size() <= 512 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool is_https_url(std::string_view text) {
    constexpr std::string_view scheme = "https://";
    return text.empty() || (text.size() > scheme.size() && text.size() < 500 && text.starts_with(scheme) &&
                            std::all_of(text.begin(), text.end(), [](unsigned char c) {
                                return c > 0x20 && c < 0x7f && c != '\\' && c != '@' && c != '?' && c != '#';
                            }));
}

bool is_model_param(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::size_t colon = equals != text.npos ? text.rfind(':', equals) : text.npos;
    return colon != text.npos && colon > 0 && colon + 1 < equals && text.size() <= 4096;
}

bool is_plugin_id(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

std::vector<Key> make_keys() {
    return {
        {.name = "server.host",
         .help = "Address to listen on. Anything but a loopback address needs server.api_tokens.",
         .member = member<&Config::server, &Server::host>,
         .allowed = "an address or a host name",
         .fits = is_host,
         .flag = "--host"},
        {.name = "server.port",
         .help = "Port to listen on. 0 picks a free one; the line that `serve` prints tells which.",
         .member = member<&Config::server, &Server::port>,
         .minimum = 0,
         .maximum = 65535,
         .flag = "--port"},
        {.name = "server.read_timeout",
         .help = "Seconds that a request may take to arrive in full.",
         .member = member<&Config::server, &Server::read_timeout>,
         .minimum = 0.1,
         .maximum = 3600},
        {.name = "server.write_timeout",
         .help = "Seconds that a client may leave a reply unread before it is disconnected.",
         .member = member<&Config::server, &Server::write_timeout>,
         .minimum = 0.1,
         .maximum = 3600},
        {.name = "server.enable_cors",
         .help =
             "Lets web pages served by localhost or by the hosts in server.allowed_hosts, on any port, call the API.",
         .member = member<&Config::server, &Server::enable_cors>},
        {.name = "server.allowed_hosts",
         .help =
             "Host names that requests may ask for, beside localhost, 127.0.0.1, [::1] and server.host. A request for "
             "any other is refused, which keeps web pages from reaching the server through a name of their own.",
         .member = member<&Config::server, &Server::allowed_hosts>,
         .allowed = "host names",
         .fits = is_host},
        {.name = "server.api_tokens",
         .help = "Once one is listed, every request needs one of them: `Authorization: Bearer <token>`.",
         .member = member<&Config::server, &Server::api_tokens>,
         .allowed = "tokens of 16 to 512 visible ASCII characters",
         .fits = is_token,
         .secret = true},
        {.name = "server.max_body_size",
         .help = "Largest request body in bytes. An init_image travels in it as base64.",
         .member = member<&Config::server, &Server::max_body_size>,
         .minimum = 1024,
         .maximum = 1024 * mebibyte},
        {.name = "server.max_event_streams",
         .help = "Clients that may follow events at the same time.",
         .member = member<&Config::server, &Server::max_event_streams>,
         .minimum = 1,
         .maximum = 1024},

        {.name = "storage.output_dir",
         .help = "Where images go, and the job store unless queue.store says otherwise.",
         .member = member<&Config::storage, &Storage::output_dir>,
         .otherwise = "$XDG_DATA_HOME/ablerefusal/outputs",
         .flag = "--output-dir"},
        {.name = "storage.models_dir",
         .help = "Folder of models: diffusers folders, .safetensors files and checkpoints of torch.save; LoRAs in "
                 "its subfolder loras, embeddings in embeddings, unless models.layout says otherwise.",
         .member = member<&Config::storage, &Storage::models_dir>,
         .otherwise = "$XDG_DATA_HOME/ablerefusal/models",
         .flag = "--models-dir"},
        {.name = "storage.temp_dir",
         .help = "Private copies of plugins and their descriptions. May be emptied while nothing runs.",
         .member = member<&Config::storage, &Storage::temp_dir>,
         .otherwise = "$XDG_CACHE_HOME/ablerefusal"},

        {.name = "models.default",
         .help = "Id of the model for requests that name none. Empty: the only one there is, the demo models aside.",
         .member = member<&Config::models, &Models::default_model>,
         .allowed = "a model id",
         .live = true},
        {.name = "models.default_vae",
         .help = "Id of the VAE for models that have none of their own, where a request names none.",
         .member = member<&Config::models, &Models::default_vae>,
         .allowed = "a VAE's id",
         .live = true},
        {.name = "models.params",
         .help = "Parameters of the pipeline for one model, where a request gives none: MODEL:KEY=VALUE, such as "
                 "anime/some.safetensors:prediction=v_prediction. GET /pipelines lists them.",
         .member = member<&Config::models, &Models::params>,
         .allowed = "texts of the form MODEL:KEY=VALUE",
         .fits = is_model_param,
         .live = true},
        {.name = "models.hub_cache",
         .help = "Hugging Face hub cache whose models are offered too.",
         .member = member<&Config::models, &Models::hub_cache>,
         .otherwise = "$HF_HUB_CACHE, else $HF_HOME/hub, else $XDG_CACHE_HOME/huggingface/hub"},
        {.name = "models.layout",
         .help = "How storage.models_dir is arranged: ablerefusal, or as the folder of an AUTOMATIC1111 or Forge "
                 "(a1111) or "
                 "a ComfyUI (comfyui) installation, whose models, LoRAs, VAEs and embeddings are then used where they "
                 "are.",
         .member = member<&Config::models, &Models::layout>,
         .allowed = "ablerefusal, a1111 or comfyui",
         .fits = is_choice<model_layouts>},
        {.name = "models.extra_folders",
         .help = "More folders that are searched as storage.models_dir is.",
         .member = member<&Config::models, &Models::extra_folders>},
        {.name = "models.lora_folders",
         .help = "Folders of LoRAs beside the subfolder loras of storage.models_dir.",
         .member = member<&Config::models, &Models::lora_folders>},
        {.name = "models.embedding_folders",
         .help = "Folders of embeddings (textual inversion) beside the subfolder embeddings of storage.models_dir.",
         .member = member<&Config::models, &Models::embedding_folders>},
        {.name = "models.demo",
         .help =
             "Offer the small models that come with the program. One of them is the default while there is no other.",
         .member = member<&Config::models, &Models::demo>,
         .live = true},
        {.name = "models.hub_url",
         .help = "The hub that models are downloaded from.",
         .member = member<&Config::models, &Models::hub_url>,
         .allowed = "an https address",
         .fits = is_https_url,
         .otherwise = "$HF_ENDPOINT, else https://huggingface.co"},
        {.name = "models.hub_token",
         .help = "Access token of the hub, for private models and those whose terms have to be accepted. It is sent to "
                 "models.hub_url and nowhere else.",
         .member = member<&Config::models, &Models::hub_token>,
         .allowed = "a token of up to 512 visible ASCII characters",
         .fits = is_hub_token,
         .otherwise = "$HF_TOKEN",
         .secret = true,
         .live = true},
        {.name = "models.hub_ca_file",
         .help = "A file of certificates (PEM) to trust beside the system's, for a hub of your own.",
         .member = member<&Config::models, &Models::hub_ca_file>,
         .otherwise = "no file"},
        {.name = "models.hub_private_addresses",
         .help = "Lets downloads go to addresses in private networks and on this machine, for a hub of your own. "
                 "Otherwise they are refused, so that no hub can have the server talk to what only it can reach.",
         .member = member<&Config::models, &Models::hub_private_addresses>},

        {.name = "prompts.wildcards_dir",
         .help = "Folder of wildcards: text files, a line of one stands in for its name between double underscores.",
         .member = member<&Config::prompts, &Prompts::wildcards_dir>,
         .otherwise = "wildcards in storage.models_dir"},

        {.name = "queue.max_concurrent",
         .help = "Jobs that run at the same time, each in a worker process with models of its own in memory.",
         .member = member<&Config::queue, &Queue::max_concurrent>,
         .minimum = 1,
         .maximum = 16},
        {.name = "queue.max_queue_size",
         .help = "Jobs that may wait. Further requests get 429.",
         .member = member<&Config::queue, &Queue::max_queue_size>,
         .minimum = 1,
         .maximum = 100000,
         .live = true},
        {.name = "queue.timeout",
         .help = "Seconds that a job may run in all before its worker is stopped. 0: no limit.",
         .member = member<&Config::queue, &Queue::timeout>,
         .minimum = 0,
         .maximum = 30 * day,
         .live = true},
        {.name = "queue.stall_timeout",
         .help = "Seconds that a job may run without progress, such as a step or a part of a model loaded, before its "
                 "worker is stopped. 0: no limit.",
         .member = member<&Config::queue, &Queue::stall_timeout>,
         .minimum = 0,
         .maximum = 30 * day,
         .live = true},
        {.name = "queue.max_attempts",
         .help =
             "How often a job is tried whose worker dies, counted anew after each picture. Before the second attempt "
             "it waits 1 second, then 4, then 16.",
         .member = member<&Config::queue, &Queue::max_attempts>,
         .minimum = 1,
         .maximum = 10,
         .live = true},
        {.name = "queue.store",
         .help = "The file that keeps jobs over a restart.",
         .member = member<&Config::queue, &Queue::store>,
         .otherwise = "jobs.sqlite in storage.output_dir"},

        {.name = "inference.device",
         .help = "Where models run. auto takes a GPU where there is one, otherwise the processor.",
         .member = member<&Config::inference, &Inference::device>,
         .allowed = "auto, cpu, cuda:N or mps",
         .fits = is_device,
         .flag = "--device",
         .live = true},
        {.name = "inference.dtype",
         .help = "Number format of the model. auto takes the fastest that is safe on the device.",
         .member = member<&Config::inference, &Inference::dtype>,
         .allowed = "auto, fp32, fp16 or bf16",
         .fits = is_choice<dtypes>,
         .flag = "--dtype",
         .live = true,
         .choices = dtypes},
        {.name = "inference.threads",
         .help = "Processor threads of each worker. 0: one for each core.",
         .member = member<&Config::inference, &Inference::threads>,
         .minimum = 0,
         .maximum = 1024,
         .flag = "--threads",
         .live = true},
        {.name = "inference.max_batch_size",
         .help = "Largest batch_size that a request may ask for.",
         .member = member<&Config::inference, &Inference::max_batch_size>,
         .minimum = 1,
         .maximum = 10,
         .live = true},
        {.name = "inference.max_resolution",
         .help = "Largest width and height that a request may ask for, in pixels.",
         .member = member<&Config::inference, &Inference::max_resolution>,
         .minimum = 64,
         .maximum = 2048,
         .live = true},
        {.name = "inference.memory_limit",
         .help =
             "Memory that the models and jobs of all workers may take together; each worker gets an even share. "
             "Within it, the most recently used models stay loaded. auto: three quarters of the machine's memory, or "
             "of what the service's control group allows. On a GPU, say how much of its memory may be taken.",
         .member = member<&Config::inference, &Inference::memory_limit>,
         .allowed = "auto or a size of at least 1M (k, M and G stand for powers of 1024)",
         .fits = is_memory_limit,
         .live = true},
        {.name = "inference.vae_tiling",
         .help = "Whether pictures are decoded and encoded in strips, which takes less memory and gives the same "
                 "picture but for rounding. auto: where the whole picture at once would take more than 1 GiB, or on a "
                 "CPU, where strips are faster too, more than 128 MiB.",
         .member = member<&Config::inference, &Inference::vae_tiling>,
         .allowed = "auto, on or off",
         .fits = is_choice<tilings>,
         .live = true,
         .choices = tilings},

        {.name = "plugins.paths",
         .help = "Folders of plugins, searched before the user's, the system's and the bundled one.",
         .member = member<&Config::plugins, &Plugins::paths>,
         .flag = "--plugin-dir"},
        {.name = "plugins.deny",
         .help = "Ids of plugins never to use, as `ablerefusal plugins` lists them.",
         .member = member<&Config::plugins, &Plugins::deny>,
         .allowed = "plugin ids",
         .fits = is_plugin_id},
        {.name = "plugins.describe_timeout",
         .help = "Seconds that a plugin may take to describe itself.",
         .member = member<&Config::plugins, &Plugins::describe_timeout>,
         .minimum = 0.1,
         .maximum = 600},

        {.name = "logging.level",
         .help = "The least important messages to keep.",
         .member = member<&Config::logging, &Logging::level>,
         .allowed = "trace, debug, info, warning, error or off",
         .fits = is_choice<levels>,
         .flag = "--log-level",
         .live = true,
         .choices = levels},
        {.name = "logging.file",
         .help = "A file to log to beside standard error.",
         .member = member<&Config::logging, &Logging::file>,
         .otherwise = "no file"},
        {.name = "logging.max_size",
         .help = "Bytes after which the log file is put aside and a new one begun.",
         .member = member<&Config::logging, &Logging::max_size>,
         .minimum = 64 * 1024,
         .maximum = 4096 * mebibyte},
        {.name = "logging.max_backups",
         .help = "Log files put aside that are kept.",
         .member = member<&Config::logging, &Logging::max_backups>,
         .minimum = 0,
         .maximum = 1000},
    };
}

} // namespace

const std::vector<Key> &keys() {
    static const std::vector<Key> all = make_keys();
    return all;
}

std::string_view section_help(std::string_view section) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 8> sections = {{
        {"server", "The HTTP server."},
        {"storage", "Where files are."},
        {"models", "What is offered as a model or a LoRA."},
        {"prompts", "What prompts may refer to."},
        {"queue", "Jobs: how many wait, how many run, for how long."},
        {"inference", "How images are computed."},
        {"plugins", "Pipelines, samplers, schedules and adapters come from plugins."},
        {"logging", "Messages, one line each."},
    }};
    for (const auto &[name, help] : sections) {
        if (name == section) {
            return help;
        }
    }
    return {};
}

const Key *find_key(std::string_view name) {
    const auto found = std::find_if(keys().begin(), keys().end(), [&](const Key &key) { return key.name == name; });
    return found == keys().end() ? nullptr : &*found;
}

std::string_view section_of(const Key &key) {
    return key.name.substr(0, key.name.find('.'));
}

std::string_view short_name(const Key &key) {
    return key.name.substr(key.name.find('.') + 1);
}

std::string environment_name(const Key &key) {
    std::string name = "ABLEREFUSAL_" + std::string(key.name);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return c == '.' ? '_' : static_cast<char>(std::toupper(c)); });
    return name;
}

std::string_view not_supported(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> reasons = {{
        {"storage.max_file_size", "request bodies are limited by server.max_body_size"},
        {"models.auto_download", "models are not downloaded yet"},
        {"plugins.allow", "only plugins.deny exists"},
        {"logging.max_age", "old log files are limited by logging.max_size and logging.max_backups"},
    }};
    for (const auto &[key, reason] : reasons) {
        if (key == name) {
            return reason;
        }
    }
    return {};
}

} // namespace able::config
