#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace base_subprocess_test {

using namespace able::base;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Finished shell(const std::string &script, const std::string &input = {}, milliseconds limit = seconds(60),
               std::size_t cap = 1U << 20) {
    return run_child({"/bin/sh", "-c", script}, input, limit, cap);
}

} // namespace

TEST_CASE("a child's input, output, errors and status come through") {
    const auto done = shell("cat; echo oops >&2; exit 3", "hello");
    CHECK(done.out == "hello");
    CHECK(done.error == "oops\n");
    CHECK(describe_exit(done.status) == "exited with status 3");
    CHECK_FALSE(done.timed_out);
}

TEST_CASE("a megabyte goes through a child in both directions without a standstill") {
    const std::string input(1U << 20, 'x');
    CHECK(shell("cat", input).out == input);
}

TEST_CASE("a child that does not read its input ends as it likes") {
    const auto done = shell("exit 0", std::string(1U << 20, 'x'));
    CHECK(describe_exit(done.status) == "exited with status 0");
}

TEST_CASE("output past the cap is dropped, not kept") {
    const auto done = shell("head -c 100000 /dev/zero", {}, seconds(60), 1000);
    CHECK(done.out.size() == 1000);
}

TEST_CASE("a child that hangs is killed, with the children it started") {
    const auto done = shell("sleep 600 & sleep 600", {}, milliseconds(300));
    CHECK(done.timed_out);
    CHECK(describe_exit(done.status) == "was killed (SIGKILL)");
}

TEST_CASE("a crash is told from an exit, with the signal's name") {
    CHECK(describe_exit(shell("kill -SEGV $$").status) == "crashed (SIGSEGV)");
    CHECK(describe_exit(shell("kill -ABRT $$").status) == "crashed (SIGABRT)");
    CHECK(describe_exit(shell("kill -TERM $$").status) == "was killed (SIGTERM)");
}

TEST_CASE("a child inherits no descriptor but its own") {
    // Without close-on-exec, as libraries open them.
    const int leaky = open("/dev/null", O_RDONLY);
    REQUIRE(leaky >= 3);
    const auto done = shell("ls /proc/self/fd | wc -l");
    close(leaky);
    // 0, 1, 2 and the one that ls reads the folder through.
    CHECK(std::stoi(done.out) == 4);
}

TEST_CASE("a program that does not exist is an error with its path") {
    CHECK_THROWS_WITH(run_child({"/nonexistent/program"}, {}, seconds(5)), Catch::Contains("/nonexistent/program"));
}

} // namespace base_subprocess_test
