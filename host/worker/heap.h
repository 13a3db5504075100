// What a worker's process does with memory that was freed.
#pragma once

namespace able::worker {

// Keeps what one layer freed for the next, in blocks of up to 32 MiB. By default the C library returns such blocks to
// the system and gets them back page by page, all cleared: a tenth of the time of a step. Must be called before there
// is a second thread. A user's own MALLOC_… variables are left alone.
void keep_freed_memory();

// Returns to the system what is free now.
void return_freed_memory();

} // namespace able::worker
