// What every implementation of JobStore and GalleryStore has to keep: the tests of queue_store_contract_test.cpp and
// gallery_test.cpp run against each one in store_implementations().
#pragma once

#include "server_fakes.hpp"

#include "host/server/stores.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace fakes {

// A place for a store, empty at first, which can be opened again and again; once at a time.
class StoreHome {
public:
    StoreHome() = default;
    virtual ~StoreHome() = default;
    StoreHome(const StoreHome &) = delete;
    StoreHome &operator=(const StoreHome &) = delete;
    virtual able::server::Stores open() const = 0;
};

class SqliteHome : public StoreHome {
public:
    able::server::Stores open() const override { return able::server::open_stores(folder_.path() / "jobs.sqlite"); }

private:
    TempDir folder_;
};

struct StoreImplementation {
    std::string name;
    std::function<std::unique_ptr<StoreHome>()> make;
};

// Another implementation is another row.
inline std::vector<StoreImplementation> store_implementations() {
    return {{"SQLite", [] {
                 return std::make_unique<SqliteHome>();
             }}};
}

inline able::server::Job make_job(const std::string &id) {
    able::server::Job job;
    job.id = id;
    job.request = {{"prompt", std::string("a\0fox ☃", 9)}};
    able::protocol::Generate task;
    task.prompt = std::string("a\0fox ☃", 9);
    task.seed = INT64_MAX;
    task.steps = 4;
    task.batch_size = 2;
    job.task = task;
    job.created_at = able::server::utc_now();
    return job;
}

inline able::protocol::Generate &task_of(able::server::Job &job) {
    return std::get<able::protocol::Generate>(job.task);
}

inline able::server::Result make_result(const std::string &job, std::uint32_t index) {
    able::server::Result result;
    result.index = index;
    result.file = job + "-" + std::to_string(index) + ".png";
    result.seed = 7 + index;
    result.width = result.height = 64;
    result.metadata = {{"steps", 4}, {"text", std::string("x\0y", 3)}};
    result.created_at = able::server::utc_now();
    return result;
}

// Runs `work` in a process that is killed as soon as it returns, with no chance to tidy up.
template <class Work>
void in_a_killed_process(Work work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        try {
            work();
        } catch (...) {
            ::_exit(1);
        }
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
}

} // namespace fakes
