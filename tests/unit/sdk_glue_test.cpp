// The C++ glue over the ABI: what crosses as a status keeps its first message.
#include "host/validate/plain_job.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

namespace sdk_glue_test {

using namespace able;

namespace {

able_status below(const able_job *job) {
    return job->fail(job, ABLE_UNSUPPORTED, "the toy does not go below 1");
}

} // namespace

TEST_CASE("a status that check() throws through guard() keeps the message of the call that failed", "[abi]") {
    const validate::PlainJob job;
    const able_status status = guard(job.get(), [&] { check(below(job.get()), "denoise"); });
    CHECK(status == ABLE_UNSUPPORTED);
    CHECK(job.message == "the toy does not go below 1");
}

TEST_CASE("what guard() catches first-hand, it tells", "[abi]") {
    const validate::PlainJob job;
    CHECK(guard(job.get(), [] { throw Error(ABLE_BAD_FILE, "the file is short"); }) == ABLE_BAD_FILE);
    CHECK(job.message == "the file is short");
    CHECK(guard(job.get(), [] { throw std::runtime_error("so it goes"); }) == ABLE_INTERNAL);
    CHECK(job.message == "so it goes");
}

} // namespace sdk_glue_test
