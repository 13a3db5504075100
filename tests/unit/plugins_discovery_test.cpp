// Discovery with the real executable, the bundled plugins and the misbehaving ones.
#include "host/plugins/discovery.h"
#include "host/plugins/scanner.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

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
