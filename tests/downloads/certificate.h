// A key and a certificate for localhost that signs itself, made for the run of a test.
#pragma once

#include <filesystem>

namespace fakes {

struct Certificate {
    std::filesystem::path key, certificate; // PEM
};

// Valid from an hour ago until tomorrow.
Certificate make_certificate(const std::filesystem::path &folder);

} // namespace fakes
