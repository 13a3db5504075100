// Whether a model would load with another autoencoder or with other parameters. Reads no weights.
#pragma once

#include "host/protocol/load_check.h"

namespace able::worker {

// Never throws: what goes wrong is the verdict's problem.
protocol::LoadVerdict check_load(const protocol::LoadCheck &check);

} // namespace able::worker
