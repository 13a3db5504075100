// The operations that a model may leave out of its able_ops.
#pragma once

#include <ablerefusal/tensor.h>

namespace able::plugins {

// `model` with every function set: those that are missing are worked out here, by way of download and upload.
able_ops complete_ops(const able_ops &model) noexcept;

} // namespace able::plugins
