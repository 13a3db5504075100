#include "scanner.h"

#include "host/base/file_stamp.h"
#include "host/base/plain_text.h"
#include "host/base/strict_json.h"
#include "host/base/subprocess.h"

#include <ablerefusal/plugin.h>

#include <spdlog/spdlog.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <future>
#include <optional>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace able::plugins {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest_words = 300; // of what a plugin prints before it dies
constexpr base::JsonLimits description_limits{.max_depth = 8, .max_values = 200'000};
constexpr std::uint64_t max_plugin_size = 2ULL << 30;
constexpr auto snapshot_life = std::chrono::hours(24 * 14);

// Why a file or folder may not be trusted; empty if it may. Whoever can write a plugin runs code as this user.
std::string trust_problem(const fs::path &path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) {
        return "cannot be read: " + std::generic_category().message(errno);
    }
    if (info.st_uid != 0 && info.st_uid != geteuid()) {
        return path.string() + " belongs to another user; chown it to yourself";
    }
    if ((info.st_mode & S_IWOTH) != 0) {
        return path.string() + " can be written by everybody; run chmod o-w on it";
    }
    return {};
}

std::string last_line(const std::string &text) {
    const auto end = text.find_last_not_of("\r\n ");
    if (end == std::string::npos) {
        return {};
    }
    const auto start = text.rfind('\n', end);
    return text.substr(start == std::string::npos ? 0 : start + 1,
                       end - (start == std::string::npos ? 0 : start + 1) + 1);
}

PluginFile refused(const fs::path &path, const std::string &reason) {
    PluginFile file;
    file.path = path;
    file.state = PluginState::refused;
    file.reason = reason;
    return file;
}

} // namespace

Scanner::Scanner(const DiscoveryOptions &options) : options_(options) {
    std::error_code error;
    fs::create_directories(options_.cache_dir / "plugins", error);
    if (error) {
        throw fs::filesystem_error("cannot make the plugin cache; set storage.temp_dir to a folder you can write",
                                   options_.cache_dir, error);
    }
    load_cache();
    prune_snapshots();
}

std::vector<fs::path> Scanner::candidates() const {
    std::vector<fs::path> out;
    for (const auto &folder : options_.folders) {
        std::error_code error;
        std::vector<fs::path> here;
        for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
             entry.increment(error)) {
            if (entry->path().extension() == ".so") {
                here.push_back(entry->path());
            }
        }
        std::sort(here.begin(), here.end());
        out.insert(out.end(), here.begin(), here.end());
    }
    return out;
}

std::vector<PluginFile> Scanner::scan() {
    struct Pending {
        std::string path;
        std::future<Known> result;
    };
    std::vector<std::string> order;
    std::vector<Pending> pending;
    std::set<std::string> seen;
    std::map<std::string, PluginFile> distrusted;
    bool changed = false;
    for (const auto &path : candidates()) {
        const std::string stamp = base::file_stamp(path);
        if (stamp.empty() || !seen.insert(path.string()).second) {
            continue;
        }
        order.push_back(path.string());
        // Asked anew at each look: permissions change without the file changing.
        std::string problem = trust_problem(path.parent_path());
        if (problem.empty()) {
            problem = trust_problem(path);
        }
        if (!problem.empty()) {
            distrusted.emplace(path.string(), refused(path, problem));
            continue;
        }
        const auto known = known_.find(path.string());
        std::error_code error;
        const bool current =
            known != known_.end() && known->second.stamp == stamp &&
            (known->second.file.state != PluginState::active || fs::exists(known->second.file.snapshot, error));
        if (!current) {
            pending.push_back(
                {path.string(), std::async(std::launch::async, [this, path, stamp] { return examine(path, stamp); })});
        }
    }
    for (auto &job : pending) {
        known_[job.path] = job.result.get();
        changed = true;
    }
    changed = std::erase_if(known_, [&](const auto &entry) { return !seen.contains(entry.first); }) > 0 || changed;
    if (changed) {
        save_cache();
    }
    std::vector<PluginFile> files;
    for (const auto &path : order) {
        const auto bad = distrusted.find(path);
        files.push_back(bad == distrusted.end() ? known_.at(path).file : bad->second);
        auto &file = files.back();
        if (file.state == PluginState::active &&
            std::find(options_.deny.begin(), options_.deny.end(), file.description.id) != options_.deny.end()) {
            file.state = PluginState::refused;
            file.reason = "plugins.deny in the configuration lists '" + file.description.id + "'";
        }
    }
    return files;
}

Scanner::Known Scanner::examine(const fs::path &path, const std::string &stamp) const {
    Known known{stamp, refused(path, ""), true};
    base::Finished child;
    try {
        known.file.snapshot = take_snapshot(path);
        child = base::run_child({options_.executable.string(), "worker", "--describe", known.file.snapshot.string()},
                                {}, options_.describe_timeout);
    } catch (const std::exception &error) {
        known.file.reason = error.what();
        known.durable = false;
        return known;
    }
    if (child.timed_out) {
        known.file.state = PluginState::quarantined;
        known.file.reason = "did not describe itself within " +
                            std::to_string(options_.describe_timeout.count() / 1000) +
                            " s; replace the file, or raise plugins.describe_timeout and restart";
        known.durable = false;
        return known;
    }
    if (child.status != 0 || child.out.empty()) {
        known.file.state = PluginState::quarantined;
        known.file.reason =
            base::describe_exit(child.status) + " while describing itself; replace the file to try again";
        const std::string said = base::plain_text(last_line(child.error), longest_words);
        if (!said.empty()) {
            known.file.reason += " (it said: " + said + ")";
        }
        return known;
    }
    try {
        const auto answer = base::from_document<DescribeAnswer>(base::parse_strict_json(child.out, description_limits),
                                                                "its description");
        if (!answer.plugin) {
            known.file.reason = answer.refused;
            return known;
        }
        check_description(*answer.plugin);
        known.file.description = *answer.plugin;
    } catch (const std::exception &error) {
        known.file.reason = std::string("its description cannot be read: ") + error.what();
        return known;
    }
    const bool bundled = !options_.folders.empty() && path.parent_path() == options_.folders.back();
    if (known.file.description.id.starts_with("able.") && !bundled) {
        known.file.reason = "plugin ids that start with 'able.' are reserved for the project's own plugins";
        return known;
    }
    known.file.state = PluginState::active;
    return known;
}

fs::path Scanner::take_snapshot(const fs::path &path) const {
    const base::Fd from(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!from) {
        throw std::system_error(errno, std::generic_category(), "cannot be read");
    }
    const fs::path folder = options_.cache_dir / "plugins";
    std::string temporary = (folder / "incoming-XXXXXX").string();
    base::Fd to(mkostemp(temporary.data(), O_CLOEXEC));
    if (!to) {
        throw std::system_error(errno, std::generic_category(), "cannot be copied to " + folder.string());
    }
    const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t *)> hash(XXH3_createState(), XXH3_freeState);
    XXH3_128bits_reset(hash.get());
    std::vector<char> buffer(1U << 20);
    std::uint64_t total = 0;
    for (;;) {
        const ssize_t got = read(from.get(), buffer.data(), buffer.size());
        total += got > 0 ? static_cast<std::uint64_t>(got) : 0;
        if (got == 0) {
            break;
        }
        if (got < 0 || total > max_plugin_size ||
            write(to.get(), buffer.data(), static_cast<std::size_t>(got)) != got) {
            const int error = got < 0 || total <= max_plugin_size ? errno : EFBIG;
            unlink(temporary.c_str());
            throw std::system_error(error, std::generic_category(), "cannot be copied to " + folder.string());
        }
        XXH3_128bits_update(hash.get(), buffer.data(), static_cast<std::size_t>(got));
    }
    const XXH128_hash_t digest = XXH3_128bits_digest(hash.get());
    std::array<char, 40> name{};
    std::snprintf(name.data(), name.size(), "%016llx%016llx", static_cast<unsigned long long>(digest.high64),
                  static_cast<unsigned long long>(digest.low64));
    fs::path target = folder / (path.stem().string() + "-" + name.data() + ".so");
    fchmod(to.get(), S_IRUSR);
    to.reset();
    // An equal file may be mapped by a running worker: rename() replaces the name and leaves the old inode alone.
    fs::rename(temporary, target);
    return target;
}

std::string Scanner::host_stamp() const {
    return std::to_string(ABLE_ABI_MAJOR) + "." + std::to_string(ABLE_ABI_MINOR) + "-" +
           base::file_stamp(options_.executable);
}

void Scanner::load_cache() {
    std::ifstream in(options_.cache_dir / "plugins.json");
    const auto cache = nlohmann::json::parse(in, nullptr, false);
    if (!cache.is_object() || cache.value("host", "") != host_stamp()) {
        return;
    }
    try {
        for (const auto &[path, entry] : cache.at("files").items()) {
            Known known;
            entry.at("stamp").get_to(known.stamp);
            known.file.path = path;
            known.file.snapshot = entry.at("snapshot").get<std::string>();
            known.file.state = static_cast<PluginState>(entry.at("state").get<int>());
            entry.at("reason").get_to(known.file.reason);
            if (known.file.state == PluginState::active) {
                known.file.description = read_description(entry.at("plugin"));
            }
            known_.emplace(path, std::move(known));
        }
    } catch (const std::exception &error) {
        spdlog::warn("event=plugin_cache_ignored reason=\"{}\"", error.what());
        known_.clear();
    }
}

void Scanner::save_cache() const {
    nlohmann::json files = nlohmann::json::object();
    for (const auto &[path, known] : known_) {
        if (!known.durable) {
            continue;
        }
        files[path] = {{"stamp", known.stamp},
                       {"snapshot", known.file.snapshot.string()},
                       {"state", static_cast<int>(known.file.state)},
                       {"reason", known.file.reason},
                       {"plugin", base::to_document(known.file.description)}};
    }
    const fs::path target = options_.cache_dir / "plugins.json";
    const fs::path temporary = options_.cache_dir / ("plugins.json." + std::to_string(getpid()));
    std::ofstream out(temporary, std::ios::trunc);
    out << nlohmann::json{{"host", host_stamp()}, {"files", files}}.dump(1);
    out.close();
    std::error_code error;
    if (out) {
        fs::rename(temporary, target, error);
    }
    if (!out || error) {
        // Only a cache: the next start describes the plugins again.
        spdlog::warn("event=plugin_cache_not_saved file=\"{}\"", target.string());
    }
}

void Scanner::prune_snapshots() const {
    std::set<std::string> used;
    for (const auto &[path, known] : known_) {
        used.insert(known.file.snapshot.string());
    }
    std::error_code error;
    const auto oldest = fs::file_time_type::clock::now() - snapshot_life;
    for (auto entry = fs::directory_iterator(options_.cache_dir / "plugins", error);
         !error && entry != fs::directory_iterator(); entry.increment(error)) {
        std::error_code ignored;
        if (!used.contains(entry->path().string()) && fs::last_write_time(entry->path(), ignored) < oldest) {
            fs::remove(entry->path(), ignored);
        }
    }
}

} // namespace able::plugins
