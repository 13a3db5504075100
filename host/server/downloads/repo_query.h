// Asks a hub what a repository has.
#pragma once

#include "hub_client.h"
#include "hub_repo.h"
#include "interrupt.h"
#include "request.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace able::downloads {

enum class Slashes { keep, encode };

// As a part of an address's path.
std::string encoded(const std::string &text, Slashes slashes);

// Of the request, `repo` and `revision` count. Throws DownloadError.
Repo ask_for_repo(const HubClient &hub, const Request &request, Interrupt &interrupt);

// What of the repository can be chosen: {repo, revision, commit, whole, files, others}.
//   whole   {files, size_bytes} of a diffusers model, with the request's variant where there is one; null of any other
//   files   [{path, size_bytes}] that are of use by themselves
//   others  how many files are neither
nlohmann::json repo_view(const Repo &repo, const Request &request);

} // namespace able::downloads
