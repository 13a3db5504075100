#include "process_state.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <clocale>
#include <cstring>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace able::plugins {

namespace {

// There is no asking without setting; jobs make files by open(2) in other threads too, so it is put back at once.
mode_t current_umask() noexcept {
    const mode_t mask = ::umask(0077);
    ::umask(mask);
    return mask;
}

// Rounding, and what becomes of denormal numbers. Flags that arithmetic has raised are nobody's setting.
bool same_environment(const std::fenv_t &wanted) noexcept {
    std::fenv_t now;
    std::fegetenv(&now);
#if defined(__x86_64__)
    constexpr unsigned int flags = 0x3F;
    return now.__control_word == wanted.__control_word && (now.__mxcsr & ~flags) == (wanted.__mxcsr & ~flags);
#else
    return std::memcmp(&now, &wanted, sizeof now) == 0;
#endif
}

} // namespace

ProcessState::ProcessState() noexcept {
    std::fegetenv(&floating_point_);
    const char *locale = std::setlocale(LC_ALL, nullptr);
    locale_ = locale == nullptr ? "" : locale;
    struct stat status {};
    std::array<char, PATH_MAX> path{};
    if (::stat(".", &status) == 0 && ::getcwd(path.data(), path.size()) != nullptr) {
        device_ = status.st_dev;
        inode_ = status.st_ino;
        path_ = path.data();
    }
    umask_ = current_umask();
    for (std::size_t i = 0; i < signals.size(); ++i) {
        ::sigaction(signals[i], nullptr, &handlers_[i]);
    }
}

std::string ProcessState::restore() const noexcept {
    std::string changed;
    const auto note = [&changed](const char *what) {
        changed += (changed.empty() ? "" : ", ") + std::string(what);
    };
    if (!same_environment(floating_point_)) {
        std::fesetenv(&floating_point_);
        note("the floating-point environment");
    }
    const char *locale = std::setlocale(LC_ALL, nullptr);
    if (locale == nullptr || locale_ != locale) {
        std::setlocale(LC_ALL, locale_.c_str());
        note("the locale");
    }
    struct stat status {};
    const bool here = ::stat(".", &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
    if (!path_.empty() && !here && ::chdir(path_.c_str()) == 0) {
        note("the working directory");
    }
    if (current_umask() != umask_) {
        ::umask(umask_);
        note("the umask");
    }
    bool handlers = false;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        struct sigaction now {};
        ::sigaction(signals[i], nullptr, &now);
        if (now.sa_handler != handlers_[i].sa_handler || now.sa_flags != handlers_[i].sa_flags) {
            ::sigaction(signals[i], &handlers_[i], nullptr);
            handlers = true;
        }
    }
    if (handlers) {
        note("signal handlers");
    }
    return changed;
}

} // namespace able::plugins
