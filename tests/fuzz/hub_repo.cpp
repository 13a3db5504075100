// What a hub says of a repository: no file that is chosen leads outside, whatever the reply is.
#include "host/server/downloads/hub_repo.h"
#include "host/server/downloads/content_hash.h"
#include "host/server/downloads/error.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>

using namespace able::downloads;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check(const RepoFile &file) {
    require(is_content_hash(file.hash));
    const std::filesystem::path folder = "/models/org/name";
    const auto path = (folder / file.path).lexically_normal();
    require(path.string().starts_with(folder.string() + "/") && path.filename() != "");
    require(path == folder / file.path);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    try {
        const Repo repo = parse_repo({reinterpret_cast<const char *>(data), size});
        require(repo.commit.size() == 40 && is_content_hash(repo.commit));
        for (const RepoFile &file : repo.files) {
            check(file);
        }
        for (const RepoFile &file : choose_files(repo, {}, "fp16").files) {
            check(file);
        }
    } catch (const DownloadError &) {
        return 0;
    }
    return 0;
}
