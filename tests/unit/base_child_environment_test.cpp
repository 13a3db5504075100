#include "host/base/child_environment.h"
#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace base_child_environment_test {

using namespace able::base;

TEST_CASE("children get what they compute with, and no secrets") {
    const std::vector<std::string> kept{
        "PATH=/bin",       "LC_ALL=C", "OMP_NUM_THREADS=2", "CUDA_VISIBLE_DEVICES=0", "ABLEREFUSAL_ISA=avx2",
        "ASAN_OPTIONS=x=1"};
    std::vector<std::string> all{"HF_TOKEN=hf_secret",
                                 "ABLEREFUSAL_SERVER_API_TOKENS=secret",
                                 "AWS_SECRET_ACCESS_KEY=secret",
                                 "TORCH_HUB_TOKEN=secret",
                                 "SSH_AUTH_SOCK=/run/agent",
                                 "PATHOLOGY=1",
                                 "no equals sign"};
    all.insert(all.end(), kept.begin(), kept.end());
    CHECK(child_environment(all) == kept);
}

TEST_CASE("a child that is started sees none of its parent's tokens") {
    setenv("HF_TOKEN", "hf_secret", 1);
    const auto child = run_child({"/usr/bin/env"}, "", std::chrono::seconds(10));
    unsetenv("HF_TOKEN");
    CHECK(child.status == 0);
    CHECK(child.out.find("PATH=") != std::string::npos);
    CHECK(child.out.find("hf_secret") == std::string::npos);
}

} // namespace base_child_environment_test
