// Discovery with the real executable, the bundled plugins and the misbehaving ones.
#include "host/plugins/describe/discovery.h"
#include "host/plugins/describe/scanner.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace plugins_discovery_test {

using namespace able::plugins;
namespace fs = std::filesystem;

namespace {

class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "able-plugins-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        root = pattern;
        plugins = root / "plugins";
        fs::create_directory(plugins);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(root, ignored);
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    void add_faulty(const std::string &mode, const std::string &as = {}) const {
        fs::copy_file(fs::path(ABLE_FAULTY_PLUGIN_DIR) / mode / (mode + ".so"),
                      plugins / ((as.empty() ? mode : as) + ".so"), fs::copy_options::overwrite_existing);
    }

    DiscoveryOptions options() const {
        DiscoveryOptions out;
        out.folders = {plugins, ABLE_PLUGIN_DIR};
        out.executable = ABLE_EXECUTABLE;
        out.cache_dir = root / "cache";
        out.poll_interval = std::chrono::milliseconds(0);
        return out;
    }

    fs::path root, plugins;
};

PluginFile find_file(const std::vector<PluginFile> &files, const std::string &name) {
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const auto &file) { return file.path.filename() == name; });
    REQUIRE(found != files.end());
    return *found;
}

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the bundled plugins are found and described without loading one here") {
    const Folder folder;
    const auto options = folder.options();
    const Registry registry(Scanner(options).scan());
    CHECK(registry.find_sampler("DPM++ 2M Karras"));
    CHECK(registry.find(ObjectKind::pipeline, "sd15"));
    CHECK(registry.find(ObjectKind::pipeline, "sdxl"));
    CHECK_FALSE(registry.objects(ObjectKind::adapter).empty());
    std::ifstream maps("/proc/self/maps");
    const std::string text((std::istreambuf_iterator<char>(maps)), std::istreambuf_iterator<char>());
    CHECK_FALSE(contains(text, "libtorch"));
    CHECK_FALSE(contains(text, "samplers"));
}

TEST_CASE("the names that other programs have for samplers and schedules are known") {
    const Folder folder;
    const auto options = folder.options();
    const Registry registry(Scanner(options).scan());
    // Name, sampler, and the schedule if the name carries one: A1111's labels, ComfyUI's ids, diffusers' classes.
    const std::vector<std::array<std::string, 3>> names = {
        {"Euler", "euler", ""},
        {"Euler a", "euler_a", ""},
        {"LMS", "lms", ""},
        {"LMS Karras", "lms", "karras"},
        {"Heun", "heun", ""},
        {"DPM2", "dpm2", ""},
        {"DPM2 Karras", "dpm2", "karras"},
        {"DPM2 a", "dpm2_a", ""},
        {"DPM2 a Karras", "dpm2_a", "karras"},
        {"DPM++ 2S a", "dpmpp_2s_a", ""},
        {"DPM++ 2S a Karras", "dpmpp_2s_a", "karras"},
        {"DPM++ 2M", "dpmpp_2m", ""},
        {"DPM++ 2M Align Your Steps", "dpmpp_2m", "align_your_steps"},
        {"DPM++ SDE", "dpmpp_sde", ""},
        {"DPM++ SDE Karras", "dpmpp_sde", "karras"},
        {"DPM++ 2M SDE", "dpmpp_2m_sde", ""},
        {"DPM++ 2M SDE Exponential", "dpmpp_2m_sde", "exponential"},
        {"DPM++ 2M SDE Heun", "dpmpp_2m_sde_heun", ""},
        {"DPM++ 2M SDE Heun Karras", "dpmpp_2m_sde_heun", "karras"},
        {"DPM++ 3M SDE Exponential", "dpmpp_3m_sde", "exponential"},
        {"DPM fast", "dpm_fast", ""},
        {"DPM adaptive", "dpm_adaptive", ""},
        {"Restart", "restart", ""},
        {"DDIM", "ddim", ""},
        {"DDIM CFG++", "euler_cfg_pp", ""},
        {"PLMS", "pndm", ""},
        {"UniPC", "uni_pc", ""},
        {"LCM", "lcm", ""},
        {"euler_ancestral", "euler_a", ""},
        {"dpm_2_ancestral", "dpm2_a", ""},
        {"dpmpp_2s_ancestral", "dpmpp_2s_a", ""},
        {"res_multistep_ancestral", "res_multistep_a", ""},
        {"euler_ancestral_cfg_pp", "euler_a_cfg_pp", ""},
        {"uni_pc_bh2", "uni_pc_bh2", ""},
        {"KDPM2DiscreteScheduler", "dpm2", ""},
        {"KDPM2AncestralDiscreteScheduler", "dpm2_a", ""},
        {"LMSDiscreteScheduler", "lms", ""},
        {"DPMSolverSDEScheduler", "dpmpp_sde", ""},
        {"DDIMScheduler", "ddim", ""},
        {"DDPMScheduler", "ddpm", ""},
        {"PNDMScheduler", "pndm", ""},
        {"IPNDMScheduler", "ipndm", ""},
        {"UniPCMultistepScheduler", "uni_pc_bh2", ""},
        {"DEISMultistepScheduler", "deis", ""},
        {"SASolverScheduler", "sa_solver", ""},
        {"TCDScheduler", "tcd", ""},
    };
    for (const auto &[name, sampler, schedule] : names) {
        CAPTURE(name);
        const auto choice = registry.find_sampler(name);
        REQUIRE(choice);
        CHECK(choice->sampler.description->id == sampler);
        CHECK((choice->schedule ? choice->schedule->description->id : "") == schedule);
    }
    for (const char *id : {"euler",
                           "euler_cfg_pp",
                           "euler_ancestral",
                           "euler_ancestral_cfg_pp",
                           "heun",
                           "heunpp2",
                           "dpm_2",
                           "dpm_2_ancestral",
                           "lms",
                           "dpm_fast",
                           "dpm_adaptive",
                           "dpmpp_2s_ancestral",
                           "dpmpp_sde",
                           "dpmpp_2m",
                           "dpmpp_2m_cfg_pp",
                           "dpmpp_2m_sde",
                           "dpmpp_2m_sde_heun",
                           "dpmpp_3m_sde",
                           "ddpm",
                           "lcm",
                           "ipndm",
                           "deis",
                           "res_multistep",
                           "res_multistep_ancestral",
                           "gradient_estimation",
                           "er_sde",
                           "sa_solver",
                           "ddim",
                           "uni_pc",
                           "uni_pc_bh2"}) {
        CAPTURE(id); // ComfyUI's
        CHECK(registry.find(ObjectKind::sampler, id));
    }
    for (const char *name : {"normal",
                             "karras",
                             "exponential",
                             "sgm_uniform",
                             "simple",
                             "ddim_uniform",
                             "beta",
                             "linear_quadratic",
                             "kl_optimal",
                             "Uniform",
                             "Karras",
                             "Exponential",
                             "Polyexponential",
                             "SGM Uniform",
                             "KL Optimal",
                             "Align Your Steps",
                             "Simple",
                             "Normal",
                             "DDIM",
                             "Beta",
                             "Turbo"}) {
        CAPTURE(name);
        CHECK(registry.find(ObjectKind::schedule, name));
    }
}

TEST_CASE("a plugin that misbehaves while it is described is set aside with the reason, the others work") {
    const Folder folder;
    for (const char *mode : {"scan_segv", "scan_abort", "scan_exit", "scan_null", "scan_wrong_version", "no_entry"}) {
        folder.add_faulty(mode);
    }
    std::ofstream(folder.plugins / "garbage.so") << "\x7f"
                                                    "ELF but not really";
    std::ofstream(folder.plugins / "empty.so");
    const auto options = folder.options();
    const Registry registry(Scanner(options).scan());
    const auto &files = registry.files();

    CHECK(find_file(files, "scan_segv.so").state == PluginState::quarantined);
    CHECK(contains(find_file(files, "scan_segv.so").reason, "SIGSEGV"));
    CHECK(find_file(files, "scan_abort.so").state == PluginState::quarantined);
    CHECK(contains(find_file(files, "scan_abort.so").reason, "SIGABRT"));
    CHECK(find_file(files, "scan_exit.so").state == PluginState::quarantined);
    CHECK(contains(find_file(files, "scan_exit.so").reason, "exited"));
    CHECK(find_file(files, "scan_null.so").state == PluginState::refused);
    CHECK(contains(find_file(files, "scan_null.so").reason, "NULL"));
    CHECK(find_file(files, "scan_wrong_version.so").state == PluginState::refused);
    CHECK(contains(find_file(files, "scan_wrong_version.so").reason, "1.99"));
    CHECK(find_file(files, "no_entry.so").state == PluginState::refused);
    CHECK(contains(find_file(files, "no_entry.so").reason, "able_plugin_v1"));
    CHECK(find_file(files, "garbage.so").state == PluginState::refused);
    CHECK(find_file(files, "empty.so").state == PluginState::refused);
    CHECK(registry.find_sampler("euler"));
}

TEST_CASE("a plugin that hangs while it is described is killed at the limit") {
    const Folder folder;
    folder.add_faulty("scan_hang");
    auto options = folder.options();
    options.folders = {folder.plugins};
    options.describe_timeout = std::chrono::milliseconds(500);
    const auto files = Scanner(options).scan();
    CHECK(find_file(files, "scan_hang.so").state == PluginState::quarantined);
    CHECK(contains(find_file(files, "scan_hang.so").reason, "describe_timeout"));
}

TEST_CASE("files that anybody can write are not trusted") {
    const Folder folder;
    folder.add_faulty("slow");
    const auto options = folder.options();
    REQUIRE(chmod((folder.plugins / "slow.so").c_str(), 0777) == 0);
    CHECK(contains(find_file(Scanner(options).scan(), "slow.so").reason, "chmod o-w"));
    REQUIRE(chmod((folder.plugins / "slow.so").c_str(), 0755) == 0);
    CHECK(find_file(Scanner(options).scan(), "slow.so").state == PluginState::active);
    REQUIRE(chmod(folder.plugins.c_str(), 0777) == 0);
    CHECK(contains(find_file(Scanner(options).scan(), "slow.so").reason, "chmod o-w"));
}

TEST_CASE("a file that is added, replaced and removed is seen at the next look") {
    const Folder folder;
    const auto options = folder.options();
    Discovery discovery(options);
    const auto before = discovery.refresh();
    CHECK_FALSE(before->find_sampler("slow"));

    folder.add_faulty("slow");
    const auto added = discovery.refresh();
    CHECK(added->find_sampler("slow"));
    CHECK(added->fingerprint() != before->fingerprint());

    // Overwritten in place, as cp does: the copy that the old registry names is untouched.
    const auto old_copy = added->find_sampler("slow")->sampler.file->snapshot;
    folder.add_faulty("sample_leak", "slow");
    const auto replaced = discovery.refresh();
    CHECK_FALSE(replaced->find_sampler("slow"));
    CHECK(replaced->find_sampler("sample_leak"));
    CHECK(fs::exists(old_copy));

    fs::remove(folder.plugins / "slow.so");
    CHECK(discovery.refresh()->fingerprint() == before->fingerprint());
}

TEST_CASE("a description is kept for the next start, a time-out is not") {
    const Folder folder;
    folder.add_faulty("slow");
    folder.add_faulty("scan_hang");
    auto options = folder.options();
    options.folders = {folder.plugins};
    options.describe_timeout = std::chrono::milliseconds(2000);
    CHECK(find_file(Scanner(options).scan(), "slow.so").state == PluginState::active);
    std::ifstream in(folder.root / "cache/plugins.json");
    const auto cache = nlohmann::json::parse(in);
    CHECK(cache.at("files").contains((folder.plugins / "slow.so").string()));
    CHECK_FALSE(cache.at("files").contains((folder.plugins / "scan_hang.so").string()));

    std::ofstream(folder.root / "cache/plugins.json") << "{ damaged";
    CHECK(find_file(Scanner(options).scan(), "slow.so").state == PluginState::active);
}

TEST_CASE("plugin ids of the project are refused from elsewhere, and the configuration can deny any") {
    const Folder folder;
    fs::copy_file(fs::path(ABLE_PLUGIN_DIR) / "samplers.so", folder.plugins / "samplers.so");
    auto options = folder.options();
    options.deny = {"able.lora"};
    const Registry registry(Scanner(options).scan());
    CHECK(contains(registry.files().front().reason, "reserved"));
    CHECK(find_file(registry.files(), "lora.so").state == PluginState::refused);
    CHECK(contains(find_file(registry.files(), "lora.so").reason, "plugins.deny"));
    CHECK(registry.find_sampler("euler"));
}

TEST_CASE("folders are searched in the documented order, the bundled one last") {
    setenv("ABLEREFUSAL_PLUGIN_PATH", "/from/environment:/second", 1);
    const auto folders = plugin_folders({"/explicit"}, ABLE_EXECUTABLE);
    unsetenv("ABLEREFUSAL_PLUGIN_PATH");
    REQUIRE(folders.size() >= 5);
    CHECK(folders[0] == "/explicit");
    CHECK(folders[1] == "/from/environment");
    CHECK(folders[2] == "/second");
    CHECK(folders.back() == fs::path(ABLE_EXECUTABLE).parent_path() / "plugins");
}

} // namespace plugins_discovery_test
