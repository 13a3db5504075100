#include "hash_service.h"

#include "host/base/sha256.h"

#include "host/base/file_stamp.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace able::server {

namespace {

constexpr const char *kind = "sha256 1"; // of answers in the cache
constexpr std::size_t piece = 1U << 20U;
constexpr std::size_t short_hash_digits = 12;
constexpr int lowest_priority = 19;

std::string key_of(const HashService::Wish &wish) {
    return "file " + wish.path.string();
}

class OpenFile {
public:
    // Not to wait where somebody has put a pipe.
    explicit OpenFile(const std::filesystem::path &path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~OpenFile() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    OpenFile(const OpenFile &) = delete;
    OpenFile &operator=(const OpenFile &) = delete;

    bool is_regular() const {
        struct stat status {};
        return fd_ >= 0 && fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
    }
    // Bytes read, 0 at the end, below 0 if that fails.
    ssize_t read(std::vector<char> &into) const {
        ssize_t count = -1;
        do {
            count = ::read(fd_, into.data(), into.size());
        } while (count < 0 && errno == EINTR);
        return count;
    }

private:
    int fd_;
};

// Nothing if the file cannot be read, or `stop` says so.
std::optional<FileHashes> hashes_of(const HashService::Wish &wish, const std::function<bool()> &stop) {
    const OpenFile file(wish.path);
    if (!file.is_regular()) {
        return std::nullopt;
    }
    base::Sha256 all, data;
    std::uint64_t done = 0;
    std::vector<char> buffer(piece);
    for (ssize_t count = file.read(buffer); count != 0; count = file.read(buffer)) {
        if (count < 0 || stop()) {
            return std::nullopt;
        }
        const auto size = static_cast<std::size_t>(count);
        all.update(buffer.data(), size);
        const std::uint64_t header = wish.data_offset > done ? wish.data_offset - done : 0;
        if (header < size) {
            data.update(buffer.data() + header, size - header);
        }
        done += size;
    }
    FileHashes hashes{all.hex(), {}};
    if (wish.data_offset > 0 && wish.data_offset <= done) {
        hashes.auto_v3 = data.hex().substr(0, short_hash_digits);
    }
    return hashes;
}

} // namespace

HashService::HashService(std::filesystem::path cache_file, Found found)
    : found_(std::move(found)), cache_(std::move(cache_file)) {
    cache_.begin(kind);
}

HashService::~HashService() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

std::optional<FileHashes> HashService::find(const Wish &wish, const std::string &stamp) {
    const nlohmann::json *answer = cache_.find(key_of(wish), stamp);
    if (answer == nullptr || answer->value("data_offset", std::uint64_t{0}) != wish.data_offset) {
        return std::nullopt;
    }
    return FileHashes{answer->value("sha256", ""), answer->value("auto_v3", "")};
}

std::optional<FileHashes> HashService::known(const Wish &wish) {
    const std::string stamp = base::file_stamp(wish.path);
    const std::lock_guard lock(mutex_);
    return find(wish, stamp);
}

void HashService::want(std::vector<Wish> wishes) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.assign(std::make_move_iterator(wishes.begin()), std::make_move_iterator(wishes.end()));
        if (!thread_.joinable() && !waiting_.empty()) {
            thread_ = std::thread([this] { work(); });
        }
    }
    changed_.notify_all();
}

void HashService::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
}

bool HashService::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void HashService::work() {
    setpriority(PRIO_PROCESS, 0, lowest_priority); // on Linux, of this thread alone
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) {
            break;
        }
        const Wish wish = std::move(waiting_.front());
        waiting_.pop_front();
        busy_ = true;
        lock.unlock();

        const std::string stamp = base::file_stamp(wish.path);
        lock.lock();
        auto hashes = find(wish, stamp);
        lock.unlock();
        const bool fresh = !hashes;
        if (fresh) {
            hashes = hashes_of(wish, [this] { return stopping(); });
        }
        // Not of a file that changed under our hands.
        const bool good = hashes && base::file_stamp(wish.path) == stamp;
        if (good) {
            found_(wish.path, *hashes);
        }

        lock.lock();
        if (good && fresh) {
            cache_.store(key_of(wish), stamp,
                         {{"sha256", hashes->sha256}, {"auto_v3", hashes->auto_v3}, {"data_offset", wish.data_offset}});
        }
        if (waiting_.empty()) {
            cache_.end();
        }
        busy_ = false;
        changed_.notify_all();
    }
    cache_.end();
}

} // namespace able::server
