// The edge between libtorch's exceptions and the ABI's statuses.
#pragma once

#include <ATen/ATen.h>
#include <ablerefusal/glue.hpp>
#include <c10/core/InferenceMode.h>

#include <utility>

namespace able::diffusion {

// libtorch's error as the user should read it: its first line, without the C++ backtrace, and the status it deserves.
Error translate(const c10::Error &error);

// able::guard for code that calls libtorch: no autograd, and libtorch's errors translated.
template <class Body>
able_status torch_guard(const able_job *job, Body &&body) noexcept {
    return guard(job, [&body] {
        const c10::InferenceMode inference;
        try {
            std::forward<Body>(body)();
        } catch (const c10::Error &error) {
            throw translate(error);
        }
    });
}

// Throws the job's cancellation. Called between pieces of work that take a fraction of a second.
inline void stop_if_cancelled(const able_job *job) {
    if (job != nullptr && job->cancelled != nullptr && job->cancelled(job) != 0) {
        throw Error(ABLE_CANCELLED, "cancelled");
    }
}

} // namespace able::diffusion
