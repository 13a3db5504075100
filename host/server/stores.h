// Where jobs and the records of their images are kept.
#pragma once

#include "gallery/gallery_store.h"
#include "queue/job_store.h"

#include <filesystem>
#include <memory>

namespace able::server {

struct Stores {
    std::unique_ptr<JobStore> jobs;
    std::unique_ptr<GalleryStore> images;
};

// Both in one SQLite file, which is made if it is not there. Throws StoreError for a damaged file, another program's, a
// newer version's, and one that another process has open.
Stores open_stores(const std::filesystem::path &file);

} // namespace able::server
