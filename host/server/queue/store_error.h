// Why the job store cannot be used.
#pragma once

#include <stdexcept>

namespace able::server {

// The job store cannot be opened, read or written. what() names the file and says what to do.
class StoreError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace able::server
