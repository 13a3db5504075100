// ablerefusal/glue.hpp: C++ convenience over the C ABI. Header-only; never part of the ABI.
#ifndef ABLEREFUSAL_GLUE_HPP
#define ABLEREFUSAL_GLUE_HPP

#include <ablerefusal/ablerefusal.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace able {

// A failure with its status; what() is the text the user reads.
class Error : public std::runtime_error {
public:
    Error(able_status status, const std::string &message) : std::runtime_error(message), status_(status) {}
    able_status status() const noexcept { return status_; }

private:
    able_status status_;
};

// A status that a call of the host, or of another plugin's object, has returned. Whoever failed has said why: guard()
// hands it on and adds nothing.
class Propagated : public Error {
public:
    using Error::Error;
};

// Runs `body`, which may throw, and turns what it throws into a status with a text. Every C++ entry of a plugin is one
// call of this.
template <class Body>
able_status guard(const able_job *job, Body &&body) noexcept {
    const auto fail = [job](able_status status, const char *message) {
        return job != nullptr && job->fail != nullptr ? job->fail(job, status, message) : status;
    };
    try {
        std::forward<Body>(body)();
        return ABLE_OK;
    } catch (const Propagated &error) {
        return error.status();
    } catch (const Error &error) {
        return fail(error.status(), error.what());
    } catch (const std::bad_alloc &) {
        return fail(ABLE_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception &error) {
        return fail(ABLE_INTERNAL, error.what());
    } catch (...) {
        return fail(ABLE_INTERNAL, "an exception of unknown type");
    }
}

// A struct of the ABI with its struct_size set and all else zero.
template <class Struct>
Struct make_struct() noexcept {
    Struct value{};
    value.struct_size = sizeof(Struct);
    return value;
}

// Throws the status of a failed call, so that C++ code can use exceptions between the ABI's edges. The call that failed
// has already told the job why, and that stays what the user reads; `what` is for whoever catches it before guard()
// does.
inline void check(able_status status, const char *what) {
    if (status != ABLE_OK) {
        throw Propagated(status, what);
    }
}

} // namespace able

#endif
