// Makes a measuring program's process what a worker's is.
#pragma once

namespace able::bench {

// Threads wait as a worker's do, and freed memory is kept as a worker keeps it. To be called first in main(): starts
// the program again where the environment has to be another one, which OpenMP read before main().
void take_worker_settings(char **argv);

} // namespace able::bench
