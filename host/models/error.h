// Why a model's files cannot be used.
#pragma once

#include <ablerefusal/glue.hpp>

namespace able::models {

// what() names the file, and the tensor where there is one, says what is wrong with it and what to do. status() is
//   ABLE_BAD_FILE     the content is not what the format promises: damaged, cut short or forged
//   ABLE_NOT_FOUND    a file that must be there is not
//   ABLE_UNSUPPORTED  well formed, but of a kind that is not read (pickle weights, an exotic type)
class ModelError : public able::Error {
public:
    using able::Error::Error;
};

} // namespace able::models
