#include "mapped_file.h"

#include "error.h"

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <string>
#include <system_error>

#include <sys/mman.h>

namespace able::models {

namespace bip = boost::interprocess;

class MappedFile::Region {
public:
    explicit Region(const std::filesystem::path &path)
        : file_(path.c_str(), bip::read_only), region_(file_, bip::read_only) {}

    std::span<const std::byte> bytes() const noexcept {
        return {static_cast<const std::byte *>(region_.get_address()), region_.get_size()};
    }

private:
    bip::file_mapping file_;
    bip::mapped_region region_;
};

std::unique_ptr<const MappedFile> MappedFile::open(const std::filesystem::path &path) {
    const std::string label = path.string();
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        throw ModelError(ABLE_NOT_FOUND,
                         label + ": no such file, or a link to one that is gone; download the model again");
    }
    // Opening a pipe would block for ever, and a device is no file.
    if (!std::filesystem::is_regular_file(status)) {
        throw ModelError(ABLE_BAD_FILE, label + ": not a regular file");
    }
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (!error && size == 0) {
        throw ModelError(ABLE_BAD_FILE, label + ": the file is empty; download it again");
    }
    try {
        return std::unique_ptr<const MappedFile>(new MappedFile(std::make_unique<Region>(path)));
    } catch (const bip::interprocess_exception &failure) {
        throw ModelError(ABLE_NOT_FOUND, label + ": cannot be opened (" + failure.what() +
                                             "); check that this user may read it and that the disk is there");
    }
}

MappedFile::MappedFile(std::unique_ptr<Region> region) : region_(std::move(region)) {}

MappedFile::~MappedFile() = default;

std::span<const std::byte> MappedFile::bytes() const noexcept {
    return region_->bytes();
}

void MappedFile::let_go() const noexcept {
    const std::span<const std::byte> all = bytes();
    // Only a hint: a failure changes nothing. Boost's advise() asks posix_madvise, which glibc lets do nothing here.
    static_cast<void>(madvise(const_cast<std::byte *>(all.data()), all.size(), MADV_DONTNEED));
}

} // namespace able::models
