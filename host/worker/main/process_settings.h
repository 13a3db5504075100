// How a worker process treats freed memory and waiting threads.
#pragma once

namespace able::worker {

// Keeps what one layer freed for the next, in blocks of up to 32 MiB. By default the C library returns such blocks to
// the system and gets them back page by page, all cleared: a tenth of the time of a step. Must be called before there
// is a second thread. A user's own MALLOC_… variables are left alone.
void keep_freed_memory();

// Returns to the system what is free now.
void return_freed_memory();

// Makes threads that wait for others in a parallel region sleep after some microseconds. Without these, to wake up
// takes longer than most waits: a step of SD 1.5 at 256x256 takes an eighth longer (bench_speed). By default GNU's
// OpenMP has them spin for milliseconds, which takes the processor from those they wait for wherever anything else
// runs: on two cores a step of a small model takes 2.5 times as long, on a busy machine five times (bench/soak.py).
// Must be called before any plugin is loaded, as OpenMP reads the environment when it is. A user's own GOMP_SPINCOUNT
// or OMP_WAIT_POLICY is left alone.
void let_waiting_threads_sleep();

} // namespace able::worker
