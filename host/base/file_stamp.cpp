#include "file_stamp.h"

#include <sys/stat.h>

namespace able::base {

std::string file_stamp(const std::filesystem::path &path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return {};
    }
    return std::to_string(info.st_size) + "-" + std::to_string(info.st_mtim.tv_sec) + "." +
           std::to_string(info.st_mtim.tv_nsec) + "-" + std::to_string(info.st_ino);
}

} // namespace able::base
