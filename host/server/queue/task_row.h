// A job's task as the store keeps it. The row says which version of the program's tasks it holds: what an earlier
// version wrote is brought up to date when it is read, here and nowhere else.
#pragma once

#include "host/protocol/task.h"

#include <cstdint>
#include <vector>

namespace able::server {

// The pictures that come with a task, encoded; empty for none. They are kept apart from it, because they are large and
// go when the job ends.
struct Pictures {
    std::vector<std::uint8_t> init_image, mask;
};

// Leaves none in `task`.
Pictures take_pictures(protocol::Task &task);
void put_pictures(protocol::Task &task, Pictures pictures);

// Throws protocol::ProtocolError for bytes that are no task, or one of a later version.
std::vector<std::uint8_t> encode_task_row(const protocol::Task &task);
protocol::Task decode_task_row(const std::vector<std::uint8_t> &row);

} // namespace able::server
