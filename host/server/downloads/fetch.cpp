#include "fetch.h"

#include "content_hash.h"
#include "error.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <span>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace fs = std::filesystem;

namespace able::downloads {
namespace {

constexpr std::size_t block_size = 256U * 1024;
constexpr std::uint64_t space_to_leave = 64ULL << 20;

[[noreturn]] void fail_to_write(const fs::path &path) {
    const int number = errno;
    throw DownloadError(number == ENOSPC || number == EDQUOT ? "no_space" : "write_failed",
                        "cannot write " + path.string() + ": " + std::generic_category().message(number));
}

// The file that a download writes to. Opened without following a link, so that nothing outside is written.
class Partial {
public:
    explicit Partial(const fs::path &path) : path_(path) {
        descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (descriptor_ < 0) {
            fail_to_write(path_);
        }
    }
    ~Partial() { ::close(descriptor_); }
    Partial(const Partial &) = delete;
    Partial &operator=(const Partial &) = delete;

    // Hashes what is there, from the start; returns its size. What is more than `most` goes.
    std::uint64_t read_all(ContentHash &hash, std::uint64_t most, const Interrupt &interrupt) {
        if (::lseek(descriptor_, 0, SEEK_SET) < 0) {
            fail_to_write(path_);
        }
        std::uint64_t size = 0;
        std::vector<char> block(block_size);
        for (;;) {
            if (interrupt.stopped()) {
                throw DownloadError("stopped", "the download was stopped");
            }
            const ssize_t got = ::read(descriptor_, block.data(), block.size());
            if (got < 0) {
                fail_to_write(path_);
            }
            size += static_cast<std::uint64_t>(got);
            if (size > most) {
                return size;
            }
            if (got == 0) {
                return size;
            }
            hash.update({block.data(), static_cast<std::size_t>(got)});
        }
    }
    void empty() {
        if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) < 0) {
            fail_to_write(path_);
        }
    }
    void append(std::span<const char> bytes) {
        while (!bytes.empty()) {
            const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
            if (done < 0 && errno == EINTR) {
                continue;
            }
            if (done < 0) {
                fail_to_write(path_);
            }
            bytes = bytes.subspan(static_cast<std::size_t>(done));
        }
    }
    void sync() {
        if (::fsync(descriptor_) != 0) {
            fail_to_write(path_);
        }
    }

private:
    const fs::path path_;
    int descriptor_ = -1;
};

void check_file_status(const HubReply &reply, const std::string &path) {
    if (reply.status == 200 || reply.status == 206) {
        return;
    }
    if (reply.status == 401 || reply.status == 403) {
        throw DownloadError("access_denied", "the hub does not give out " + path +
                                                 ": the repository is private, or its terms have to be accepted on the "
                                                 "hub first; models.hub_token says who you are");
    }
    if (reply.status == 404) {
        throw DownloadError("unknown_file", "the hub has no " + path);
    }
    const bool passing = reply.status == 429 || reply.status >= 500;
    throw DownloadError(reply.status == 429 ? "rate_limited" : "unexpected_reply",
                        "the hub answered " + std::to_string(reply.status) + " for " + path, passing);
}

// The hub names the hash of what its link leads to before it sends us on. Ours is from the list of files: if they
// differ, gigabytes need not be fetched to find out.
void check_tag(const HubReply &reply, const RepoFile &file) {
    auto found = reply.hub_headers.find("x-linked-etag");
    if (found == reply.hub_headers.end()) {
        found = reply.hub_headers.find("etag");
    }
    if (found == reply.hub_headers.end()) {
        return;
    }
    std::string tag = found->second.starts_with("W/") ? found->second.substr(2) : found->second;
    std::erase(tag, '"');
    if (is_content_hash(tag) && tag.size() == file.hash.size() && tag != file.hash) {
        throw DownloadError("hash_mismatch", file.path +
                                                 " is not on the hub as its list of files says: it has the hash " +
                                                 tag + " instead of " + file.hash);
    }
}

// Whether the reply goes on at `from`.
bool continues_at(const HubReply &reply, std::uint64_t from) {
    if (reply.status != 206) {
        return false;
    }
    const auto range = reply.headers.find("content-range");
    return range != reply.headers.end() && range->second.starts_with("bytes " + std::to_string(from) + "-");
}

// What has arrived, once something has; 0 at the end. (istream::read would wait for the whole block.)
std::size_t read_some(std::istream &stream, std::vector<char> &block) {
    const int first = stream.get();
    if (first == std::istream::traits_type::eof()) {
        return 0;
    }
    block.front() = static_cast<char>(first);
    const auto more = stream.readsome(block.data() + 1, static_cast<std::streamsize>(block.size() - 1));
    return 1 + static_cast<std::size_t>(more);
}

void check_space(const fs::path &folder, std::uint64_t needed) {
    std::error_code error;
    const auto space = fs::space(folder, error);
    if (!error && space.available < needed + space_to_leave) {
        throw DownloadError("no_space", "there is not enough room in " + folder.string() + ": " +
                                            std::to_string((needed + space_to_leave) >> 20U) + " MiB are needed, " +
                                            std::to_string(space.available >> 20U) + " MiB are free");
    }
}

} // namespace

fs::path partial_file(const fs::path &target, const RepoFile &file) {
    // With the hash, so that another version of a file never goes on from this one's beginning.
    return target.string() + (target.filename() == file.hash ? "" : "." + file.hash) + ".incomplete";
}

void fetch(const HubClient &hub, const Fetch &wanted, Interrupt &interrupt) {
    const RepoFile &file = wanted.file;
    const fs::path path = partial_file(wanted.target, file);
    Partial partial(path);
    auto hash = std::make_unique<ContentHash>(file.hash, file.size);
    const auto start_over = [&] {
        partial.empty();
        hash = std::make_unique<ContentHash>(file.hash, file.size);
    };
    std::uint64_t done = partial.read_all(*hash, file.size, interrupt);
    if (done > file.size) {
        start_over();
        done = 0;
    }
    wanted.on_progress(done);
    if (done < file.size || file.size == 0) {
        check_space(wanted.target.parent_path(), file.size - done);
        const auto reply = hub.get(wanted.url_path, done, interrupt);
        check_file_status(*reply, file.path);
        check_tag(*reply, file);
        if (done > 0 && !continues_at(*reply, done)) {
            if (reply->status == 206) {
                throw DownloadError("unexpected_reply",
                                    "the hub sent another part of " + file.path + " than was asked for");
            }
            start_over(); // it sends the whole file
            done = 0;
        }
        std::vector<char> block(block_size);
        while (done <= file.size) {
            const std::size_t got = read_some(reply->body(), block);
            if (got == 0 && interrupt.stopped()) {
                throw DownloadError("stopped", "the download was stopped");
            }
            if (got == 0) {
                break;
            }
            done += got;
            if (done > file.size) {
                break;
            }
            partial.append({block.data(), got});
            hash->update({block.data(), got});
            wanted.on_progress(done);
        }
        if (done < file.size) {
            throw DownloadError("hub_unreachable", "the connection ended before " + file.path + " was complete", true);
        }
    }
    partial.sync();
    const std::string found = done > file.size ? std::string("that of a longer file") : hash->hex();
    if (found != file.hash) {
        std::error_code ignored;
        fs::remove(path, ignored);
        throw DownloadError("hash_mismatch", file.path + " did not arrive as it is on the hub: its hash is " + found +
                                                 " instead of " + file.hash + "; what came was deleted");
    }
    fs::rename(path, wanted.target);
}

} // namespace able::downloads
