// Where `generate` puts its images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace able::app {

// With a folder, images keep the names that the worker gives them. With a file, they are made beside it in a folder of
// their own and then take its name, replacing what was there: the file is whole or untouched at any time.
class ImageOutput {
public:
    // `wanted`: a folder (one that is there, or ends with /), a file ending in .png, or empty for `default_folder`.
    // Makes the folders it needs. Throws RequestError for the field "output", or std::filesystem::filesystem_error.
    ImageOutput(const std::string &wanted, const std::filesystem::path &default_folder, std::uint32_t images);
    // Removes its own folder.
    ~ImageOutput();
    ImageOutput(const ImageOutput &) = delete;
    ImageOutput &operator=(const ImageOutput &) = delete;

    // Where the worker is to write.
    const std::filesystem::path &folder() const noexcept { return folder_; }
    // Gives a finished image its place. Returns the final path.
    std::filesystem::path place(const std::filesystem::path &made, std::uint32_t index) const;

private:
    std::filesystem::path folder_;
    std::optional<std::filesystem::path> file_;
    std::uint32_t images_ = 1;
};

} // namespace able::app
