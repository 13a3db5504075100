// The records of images in the SQLite file of the job store.
#pragma once

#include "gallery_store.h"

#include "host/server/queue/store_sqlite.h"

#include <memory>

namespace able::server {

class SqliteGalleryStore : public GalleryStore {
public:
    explicit SqliteGalleryStore(std::shared_ptr<SqliteStore> file);

    ImagePage images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const override;
    ImageFacets image_facets() const override;
    std::optional<ImageRecord> image(std::string_view id) const override;
    bool has_file(std::string_view file) const override;
    bool star_image(std::string_view id, bool starred) override;
    bool trash_image(std::string_view id, const std::string &trashed_at) override;
    bool remove_image(std::string_view id) override;
    std::vector<std::string> trashed_before(const std::string &time) const override;

private:
    const std::shared_ptr<SqliteStore> connection_;
};

} // namespace able::server
