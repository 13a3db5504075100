// One download as it is shown and as it is kept.
#pragma once

#include "hub_repo.h"
#include "request.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace able::downloads {

enum class State { waiting, running, paused, completed, failed, cancelled };

const char *to_string(State state);
bool is_over(State state);

struct FileState {
    RepoFile file;
    std::uint64_t done = 0;
    bool checked = false; // it is there and its hash is right
};

struct Download {
    std::string id;
    Request request;
    State state = State::waiting;
    std::string commit;           // empty: the hub has not been asked yet
    std::vector<FileState> files; // likewise
    bool diffusers = false;
    std::string error_code, error; // of a failure
    std::string created_at, ended_at;

    std::uint64_t bytes_done() const;
    std::uint64_t bytes_total() const;
};

nlohmann::json view_of(const Download &download);

// For the file that keeps the list. Nothing for what is not of that form.
nlohmann::json stored(const Download &download);
std::optional<Download> restored(const nlohmann::json &json);

} // namespace able::downloads
