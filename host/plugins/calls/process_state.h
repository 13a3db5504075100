// What a plugin must not change of its process (rule R5): put back after a call, so that no later picture depends on
// it.
#pragma once

#include <sys/types.h>

#include <array>
#include <cfenv>
#include <csignal>
#include <string>

namespace able::plugins {

// The floating-point environment of this thread, and the process's locale, working directory, umask and signal
// handlers.
class ProcessState {
public:
    // As it is now.
    ProcessState() noexcept;

    // Puts back what has changed since. Names it, as "the floating-point environment, the umask"; empty if nothing has.
    std::string restore() const noexcept;

private:
    static constexpr std::array<int, 10> signals{SIGABRT, SIGBUS,  SIGCHLD, SIGFPE,  SIGILL,
                                                 SIGINT,  SIGPIPE, SIGSEGV, SIGTERM, SIGHUP};

    std::fenv_t floating_point_{};
    std::string locale_;
    dev_t device_ = 0; // of the working directory
    ino_t inode_ = 0;
    std::string path_;
    mode_t umask_ = 0;
    std::array<struct sigaction, signals.size()> handlers_{};
};

} // namespace able::plugins
