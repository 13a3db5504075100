// What `ablerefusal worker` does, by mode. Only these processes load plugins and read models and images.
#pragma once

#include <filesystem>

namespace able::worker {

// Serves jobs over the socket `fd` until it closes. Returns the process's exit status.
int worker_main(int fd);
// Loads one plugin file and prints its description as JSON on stdout.
int describe_main(const std::filesystem::path &file);
// Reads a list of models and plugins as JSON on stdin; prints what each model is, one JSON document a line.
int probe_main();
// Says whether a model would load as standard input asks for.
int check_main();
// Reads prompts and a model's place as JSON on stdin; prints how its tokenizers divide them, see token_counter.h.
int tokens_main();
// Reads a PNG file on stdin; prints, as JSON, the texts that settings are read from. See picture_texts().
int texts_main();

} // namespace able::worker
