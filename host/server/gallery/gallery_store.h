// The records of finished images as they are kept; the job store adds them. An implementation passes the tests of
// tests/unit/queue_store_contract.hpp.
#pragma once

#include "images.h"

#include "host/server/queue/store_error.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

// Thread-safe. Every function throws StoreError if the store cannot be read or written; what returned is on the disk.
class GalleryStore {
public:
    virtual ~GalleryStore() = default;

    virtual ImagePage images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const = 0;
    virtual ImageFacets image_facets() const = 0;
    virtual std::optional<ImageRecord> image(std::string_view id) const = 0;
    virtual bool has_file(std::string_view file) const = 0;
    // These do nothing and return false if there is no such image.
    virtual bool star_image(std::string_view id, bool starred) = 0;
    virtual bool trash_image(std::string_view id, const std::string &trashed_at) = 0; // empty: out of the trash
    virtual bool remove_image(std::string_view id) = 0;
    // Ids of the images that went to the trash before `time`.
    virtual std::vector<std::string> trashed_before(const std::string &time) const = 0;
};

} // namespace able::server
