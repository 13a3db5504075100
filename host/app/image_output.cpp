#include "image_output.h"

#include "host/base/request_error.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace able::app {

namespace fs = std::filesystem;

namespace {

bool names_folder(const std::string &text) {
    std::error_code error;
    return text.ends_with('/') || fs::is_directory(text, error);
}

fs::path make_private_folder(const fs::path &parent) {
    std::string pattern = (parent / ".ablerefusal-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw fs::filesystem_error("cannot make a folder for the images", parent,
                                   std::error_code(errno, std::generic_category()));
    }
    return pattern;
}

} // namespace

ImageOutput::ImageOutput(const std::string &wanted, const fs::path &default_folder, std::uint32_t images)
    : images_(images) {
    if (wanted.empty() || names_folder(wanted)) {
        folder_ = fs::absolute(wanted.empty() ? default_folder : fs::path(wanted)).lexically_normal();
        fs::create_directories(folder_);
        return;
    }
    file_ = fs::absolute(wanted).lexically_normal();
    if (file_->extension() != ".png") {
        throw base::RequestError(base::ErrorKind::invalid, "invalid_value",
                                 "\"" + wanted +
                                     "\" is no folder, and files are PNG: end the name with .png, or with / "
                                     "for a new folder",
                                 "output");
    }
    fs::create_directories(file_->parent_path());
    folder_ = make_private_folder(file_->parent_path());
}

ImageOutput::~ImageOutput() {
    if (file_) {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
}

fs::path ImageOutput::place(const fs::path &made, std::uint32_t index) const {
    if (!file_) {
        return made;
    }
    fs::path target = *file_;
    if (images_ > 1) {
        target.replace_filename(file_->stem().string() + "-" + std::to_string(index) + ".png");
    }
    fs::rename(made, target);
    return target;
}

} // namespace able::app
