// What the program's exit status means; --help and docs/command-line.md say the same.
#pragma once

namespace able::app {

enum ExitCode {
    exit_ok = 0,
    exit_failed = 1,       // something on this machine: a port in use, a folder that cannot be written
    exit_bad_input = 2,    // usage, configuration or request
    exit_job_failed = 3,   // the job ran and failed
    exit_interrupted = 130 // by Ctrl-C or SIGTERM, as shells count it
};

inline constexpr const char *exit_code_help =
    "Exit status:\n"
    "  0    done\n"
    "  1    failed: a port in use, a folder that cannot be written, a plugin that breaks a rule, ...\n"
    "  2    wrong usage, configuration or request\n"
    "  3    the job ran and failed\n"
    "  130  interrupted";

} // namespace able::app
