// Child processes: spawned with a clean signal mask and no inherited descriptors, waited for with a time limit. Ours,
// because neither Poco::Process nor Boost.Process starts a child in a process group of its own with no descriptor but
// those it is given, caps what it prints, and kills the whole group in the end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace able::base {

// Owns a file descriptor.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd &&other) noexcept : fd_(other.release()) {}
    Fd &operator=(Fd &&other) noexcept;
    Fd(const Fd &) = delete;
    Fd &operator=(const Fd &) = delete;
    ~Fd() { reset(); }
    int get() const noexcept { return fd_; }
    int release() noexcept;
    void reset() noexcept;
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

// Descriptors that a child gets; -1 leaves /dev/null in the place of 0, 1 and 2, and nothing in the place of 3.
struct ChildFds {
    int in = -1, out = -1, error = -1, channel = -1; // as 0, 1, 2, 3
};

// Starts `arguments` (the first is the program's path) in a process group of its own, with child_environment(). Throws
// std::system_error.
pid_t spawn(const std::vector<std::string> &arguments, const ChildFds &fds);

// A close-on-exec pipe. Throws std::system_error.
struct Pipe {
    Fd read, write;
};
Pipe make_pipe();

struct Finished {
    int status = 0; // as waitpid() gives it
    bool timed_out = false;
    std::string out, error; // capped at `max_output` each
};

// Runs a child to its end, feeding it `input`; kills its whole process group when `limit` has passed.
Finished run_child(const std::vector<std::string> &arguments, const std::string &input, std::chrono::milliseconds limit,
                   std::size_t max_output = 16U << 20);

// "crashed (SIGSEGV)", "exited with status 3", "was killed (SIGKILL)".
std::string describe_exit(int status);

} // namespace able::base
