// What a message between two processes can be wrong with.
#pragma once

#include <stdexcept>

namespace able::protocol {

// A document that is not the message, task or answer it should be. what() names the part that is wrong.
class ProtocolError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace able::protocol
