#include "atomic_file.h"

#include <cerrno>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace able::base {

namespace {

[[noreturn]] void fail(int code, const std::string &doing, const fs::path &path) {
    const char *advice = code == ENOSPC || code == EDQUOT ? "; free some space on the disk"
                         : code == EACCES || code == EPERM || code == EROFS
                             ? "; check that this user may write to the folder"
                         : code == ENOENT ? "; the folder must exist"
                                          : "";
    throw std::system_error(code, std::generic_category(), doing + " " + path.string() + advice);
}

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;

    int value() const { return value_; }

    // 0, or the error; networked file systems report failed writes here.
    int close() {
        if (value_ < 0) {
            return 0;
        }
        const int result = ::close(value_) == 0 ? 0 : errno;
        value_ = -1;
        return result;
    }

private:
    int value_;
};

// Removes the temporary file unless it was renamed.
class Removal {
public:
    explicit Removal(const fs::path &path) : path_(path) {}
    ~Removal() {
        if (armed_) {
            ::unlink(path_.c_str());
        }
    }
    Removal(const Removal &) = delete;
    Removal &operator=(const Removal &) = delete;
    void disarm() { armed_ = false; }

private:
    const fs::path &path_;
    bool armed_ = true;
};

// Beside the target, so that the rename stays within one file system; hidden, so that no gallery lists it. Not by
// mkstemp, whose files only their owner may read.
fs::path temporary_beside(const fs::path &path) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string suffix;
    for (int i = 0; i < 16; ++i) {
        suffix += digits[random() & 15U];
    }
    // The longest file name is 255 bytes nearly everywhere, and a target may use all of them.
    return path.parent_path() / (".able-" + suffix + ".tmp");
}

void write_all(int descriptor, std::span<const std::byte> bytes, const fs::path &path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            fail(errno, "cannot write", path);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void sync_folder(const fs::path &folder, const fs::path &path) {
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems cannot sync a folder (EINVAL); there is nothing better to do on them.
    if (descriptor.value() < 0 || (::fsync(descriptor.value()) != 0 && errno != EINVAL)) {
        fail(errno, "cannot make permanent", path);
    }
}

} // namespace

void write_file_atomically(const fs::path &path, std::span<const std::byte> bytes, unsigned permissions) {
    const fs::path temporary = temporary_beside(path);
    Descriptor descriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions));
    if (descriptor.value() < 0) {
        fail(errno, "cannot create a file beside", path);
    }
    Removal removal(temporary);
    write_all(descriptor.value(), bytes, path);
    if (::fsync(descriptor.value()) != 0) {
        fail(errno, "cannot write", path);
    }
    if (const int error = descriptor.close(); error != 0) {
        fail(error, "cannot write", path);
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        fail(errno, "cannot write", path);
    }
    removal.disarm();
    sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."), path);
}

} // namespace able::base
