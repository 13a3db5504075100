#include "subprocess.h"

#include "child_environment.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ; // NOLINT(readability-redundant-declaration): POSIX has the caller declare it

namespace able::base {

namespace {

[[noreturn]] void fail(int error, const char *what) {
    throw std::system_error(error, std::generic_category(), what);
}

class SpawnSettings {
public:
    SpawnSettings() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings &) = delete;
    SpawnSettings &operator=(const SpawnSettings &) = delete;

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

void place(SpawnSettings &settings, int fd, int target, int open_flags) {
    if (fd >= 0) {
        posix_spawn_file_actions_adddup2(&settings.actions, fd, target);
        return;
    }
    posix_spawn_file_actions_addopen(&settings.actions, target, "/dev/null", open_flags, 0);
}

// As exec() takes them; they live as long as `texts`.
std::vector<char *> pointers_to(const std::vector<std::string> &texts) {
    std::vector<char *> pointers;
    pointers.reserve(texts.size() + 1);
    for (const auto &text : texts) {
        pointers.push_back(const_cast<char *>(text.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
}

// Appends what is there to read; false at the end of the stream.
bool drain(int fd, std::string &text, std::size_t cap) {
    std::array<char, 16384> buffer;
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    text.append(buffer.data(), std::min(static_cast<std::size_t>(got), cap - std::min(cap, text.size())));
    return got > 0;
}

// Writes what the pipe takes; false once all is written or nobody reads.
bool feed(int fd, const std::string &input, std::size_t &sent) {
    const ssize_t wrote = write(fd, input.data() + sent, input.size() - sent);
    if (wrote < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    sent += static_cast<std::size_t>(wrote);
    return sent < input.size();
}

} // namespace

Fd &Fd::operator=(Fd &&other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

int Fd::release() noexcept {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

void Fd::reset() noexcept {
    if (fd_ >= 0) {
        close(fd_);
        fd_ = -1;
    }
}

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail(errno, "pipe");
    }
    return {Fd(ends[0]), Fd(ends[1])};
}

pid_t spawn(const std::vector<std::string> &arguments, const ChildFds &fds) {
    SpawnSettings settings;
    // The channel may itself have a low number: move it first, out of the way of 0 to 2.
    Fd channel;
    if (fds.channel >= 0) {
        channel = Fd(fcntl(fds.channel, F_DUPFD_CLOEXEC, 10));
        if (!channel) {
            fail(errno, "fcntl");
        }
    }
    place(settings, fds.in, STDIN_FILENO, O_RDONLY);
    place(settings, fds.out, STDOUT_FILENO, O_WRONLY);
    place(settings, fds.error, STDERR_FILENO, O_WRONLY);
    if (channel) {
        posix_spawn_file_actions_adddup2(&settings.actions, channel.get(), 3);
    }
    // Libraries open sockets without close-on-exec; a worker that held the server's would keep its port.
    posix_spawn_file_actions_addclosefrom_np(&settings.actions, channel ? 4 : 3);

    sigset_t none;
    sigemptyset(&none);
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_setsigmask(&settings.attributes, &none);
    posix_spawnattr_setsigdefault(&settings.attributes, &all);
    // A group of its own: Ctrl-C in the terminal reaches the parent, which then decides.
    posix_spawnattr_setpgroup(&settings.attributes, 0);
    posix_spawnattr_setflags(&settings.attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

    std::vector<std::string> own;
    for (char **variable = environ; *variable != nullptr; ++variable) {
        own.emplace_back(*variable);
    }
    const std::vector<std::string> environment = child_environment(own);
    const auto argv = pointers_to(arguments), envp = pointers_to(environment);
    pid_t pid = 0;
    const int error = posix_spawn(&pid, argv[0], &settings.actions, &settings.attributes, argv.data(), envp.data());
    if (error != 0) {
        fail(error, ("cannot start " + arguments.front()).c_str());
    }
    return pid;
}

Finished run_child(const std::vector<std::string> &arguments, const std::string &input, std::chrono::milliseconds limit,
                   std::size_t max_output) {
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe error = make_pipe();
    fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
    const pid_t pid = spawn(arguments, {in.read.get(), out.write.get(), error.write.get(), -1});
    in.read.reset();
    out.write.reset();
    error.write.reset();

    Finished finished;
    std::size_t sent = 0;
    if (input.empty()) {
        in.write.reset();
    }
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (out.read || error.read) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            finished.timed_out = true;
            break;
        }
        std::array<pollfd, 3> polls{
            {{out.read.get(), POLLIN, 0}, {error.read.get(), POLLIN, 0}, {in.write.get(), POLLOUT, 0}}};
        if (poll(polls.data(), polls.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
            break;
        }
        if (polls[0].revents != 0 && !drain(out.read.get(), finished.out, max_output)) {
            out.read.reset();
        }
        if (polls[1].revents != 0 && !drain(error.read.get(), finished.error, max_output)) {
            error.read.reset();
        }
        if (polls[2].revents != 0 && !feed(in.write.get(), input, sent)) {
            in.write.reset();
        }
    }
    // Its descriptors can close before it ends; give it what is left of its time.
    while (!finished.timed_out) {
        const pid_t ended = waitpid(pid, &finished.status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR)) {
            kill(-pid, SIGKILL);
            return finished;
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            finished.timed_out = true;
            break;
        }
        poll(nullptr, 0, 5);
    }
    kill(-pid, SIGKILL);
    while (waitpid(pid, &finished.status, 0) < 0 && errno == EINTR) {
    }
    return finished;
}

std::string describe_exit(int status) {
    if (!WIFSIGNALED(status)) {
        return "exited with status " + std::to_string(WEXITSTATUS(status));
    }
    const int signal = WTERMSIG(status);
    const char *name = sigabbrev_np(signal);
    const std::string text = name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
    const bool killed = signal == SIGKILL || signal == SIGTERM || signal == SIGINT;
    return (killed ? "was killed (" : "crashed (") + text + ")";
}

} // namespace able::base
