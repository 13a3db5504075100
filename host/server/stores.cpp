#include "stores.h"

#include "gallery/gallery_store_sqlite.h"
#include "queue/job_store_sqlite.h"
#include "queue/store_sqlite.h"

namespace able::server {

Stores open_stores(const std::filesystem::path &file) {
    auto connection = std::make_shared<SqliteStore>(file);
    return {std::make_unique<SqliteJobStore>(connection), std::make_unique<SqliteGalleryStore>(connection)};
}

} // namespace able::server
