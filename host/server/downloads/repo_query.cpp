#include "repo_query.h"

#include "error.h"

#include <Poco/URI.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace able::downloads {
namespace {

using nlohmann::json;

constexpr std::size_t max_reply = 16U << 20;

std::string read_reply(HubReply &reply, Interrupt &interrupt) {
    std::string text;
    std::array<char, 65536> block{};
    do {
        reply.body().read(block.data(), block.size());
        text.append(block.data(), static_cast<std::size_t>(reply.body().gcount()));
        if (interrupt.stopped()) {
            throw DownloadError("stopped", "the download was stopped");
        }
        if (text.size() > max_reply) {
            throw DownloadError("unexpected_reply", "the hub's list of files is too long");
        }
    } while (reply.body());
    return text;
}

void check_repo_status(const HubReply &reply, const Request &request, bool has_token) {
    if (reply.status == 200) {
        return;
    }
    if (reply.status == 401 || reply.status == 403) {
        // The hub says 401 for what does not exist as well, so as not to tell what is private.
        throw DownloadError("access_denied",
                            request.repo +
                                " is not on the hub, or is private, or its terms have to be accepted there first" +
                                (has_token ? "" : "; models.hub_token says who you are"));
    }
    if (reply.status == 404) {
        throw DownloadError("unknown_repo",
                            "the hub has no " + request.repo + " with the revision " + request.revision);
    }
    const bool passing = reply.status == 429 || reply.status >= 500;
    throw DownloadError(reply.status == 429 ? "rate_limited" : "unexpected_reply",
                        "the hub answered " + std::to_string(reply.status) + " for " + request.repo, passing);
}

} // namespace

std::string encoded(const std::string &text, Slashes slashes) {
    std::string result;
    Poco::URI::encode(text, slashes == Slashes::encode ? "!*'();:@&=+$,?#[]%/" : "!*'();:@&=+$,?#[]%", result);
    return result;
}

Repo ask_for_repo(const HubClient &hub, const Request &request, Interrupt &interrupt) {
    const auto reply = hub.get("/api/models/" + request.repo + "/revision/" +
                                   encoded(request.revision, Slashes::encode) + "?blobs=true",
                               0, interrupt);
    check_repo_status(*reply, request, !hub.options().token.empty());
    return parse_repo(read_reply(*reply, interrupt));
}

json repo_view(const Repo &repo, const Request &request) {
    std::set<std::string> used; // paths
    json whole;
    if (const auto choice = whole_model(repo, request.variant)) {
        const auto bytes = std::accumulate(choice->files.begin(), choice->files.end(), std::uint64_t{0},
                                           [](std::uint64_t sum, const RepoFile &file) { return sum + file.size; });
        whole = {{"files", choice->files.size()}, {"size_bytes", bytes}};
        std::transform(choice->files.begin(), choice->files.end(), std::inserter(used, used.end()),
                       [](const RepoFile &file) { return file.path; });
    }
    json files = json::array();
    for (const RepoFile &file : single_files(repo)) {
        files.push_back({{"path", file.path}, {"size_bytes", file.size}});
        used.insert(file.path);
    }
    return {{"repo", request.repo},      {"revision", request.revision},
            {"commit", repo.commit},     {"whole", std::move(whole)},
            {"files", std::move(files)}, {"others", repo.files.size() + repo.left_out.size() - used.size()}};
}

} // namespace able::downloads
