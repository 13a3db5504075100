// A file's bytes in a read-only mapping.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace able::models {

// Opened only in a worker: a file that is cut short while it is mapped kills the process that reads it (SIGBUS), and a
// worker is the process that may die.
class MappedFile {
public:
    // Maps `path`, a regular file that is not empty; symbolic links are followed.
    // Throws ModelError: ABLE_NOT_FOUND if it cannot be opened, ABLE_BAD_FILE if it is no such file.
    static std::unique_ptr<const MappedFile> open(const std::filesystem::path &path);

    ~MappedFile();
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;

    std::span<const std::byte> bytes() const noexcept;
    // Tells the system that what was read need not stay in this process; read again, it is read from the file again.
    void let_go() const noexcept;

private:
    class Region;
    explicit MappedFile(std::unique_ptr<Region> region);

    std::unique_ptr<Region> region_;
};

} // namespace able::models
