// Finished images: found, starred, thrown away, and where their files are.
#pragma once

#include "gallery_store.h"
#include "images.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace able::server {

struct StorageState {
    std::string problem; // why files cannot be written; empty = they can
    std::uint64_t free_bytes = 0;
};

// Thread-safe. Functions that take an id throw RequestError (not_found) for an unknown one; all that write throw
// StoreError if what they promise cannot be kept.
class Gallery {
public:
    // Whether a job may still make images.
    using IsUnfinished = std::function<bool(std::string_view job_id)>;

    // The files are in `output_dir`; `store` outlives the gallery.
    Gallery(GalleryStore &store, std::filesystem::path output_dir, IsUnfinished is_unfinished);
    Gallery(const Gallery &) = delete;
    Gallery &operator=(const Gallery &) = delete;

    ImagePage images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const;
    ImageFacets facets() const;
    ImageRecord image(std::string_view id) const;
    void star(std::string_view id, bool starred);
    // Out of the lists, but back whenever it is wanted. After 30 days it is deleted.
    void trash(std::string_view id);
    void restore(std::string_view id);
    // Forgets the image and deletes its file. Throws a conflict while its job has not ended.
    void remove(std::string_view id);
    // Deletes what has been in the trash for long enough.
    void empty_trash();

    // Where the file of a recorded image is; nothing for any other name. Never looks at the disk.
    std::optional<std::filesystem::path> output_file(std::string_view name) const;
    StorageState storage() const;

private:
    // False if there was no such image.
    bool discard(const ImageRecord &image);

    GalleryStore &store_;
    const std::filesystem::path output_dir_;
    const IsUnfinished is_unfinished_;
};

} // namespace able::server
