// A checkpoint in one file, shown as a folder in the diffusers layout.
#pragma once

#include "ema_source.h"
#include "ldm_layout.h"
#include "ldm_names.h"

#include <ablerefusal/source.h>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace able::diffusion {

// Tensors are views into the file under their diffusers names, but for the transposed text projection, which is copied
// when it is first asked for. The configurations are made from the tensors' shapes; CLIP's vocabulary is built in.
// Left out: what is no weight (position_ids, the training's moving averages and schedules), and SD 2's last text layer.
class DiffusersView {
public:
    // `source` must outlive this. A source that is no checkpoint in one file is shown as it is.
    explicit DiffusersView(const able_source *source);
    DiffusersView(const DiffusersView &) = delete;
    DiffusersView &operator=(const DiffusersView &) = delete;

    // The view, or the source itself; lives as long as this object. Any thread.
    const able_source *abi() const { return shown_; }
    // Why a checkpoint cannot be shown, as constant text; null if it can, or if it is none.
    const char *problem() const { return problem_; }
    // What a user should know of it; null if nothing.
    const char *note() const;
    // Names, in the file, of all tensors that a model does not use if it did not read `unread` of this view. Harmless
    // ones are left out.
    std::vector<std::string> unused(const std::vector<std::string> &unread) const;

private:
    struct Transposed {
        const able_view *original;
        std::unique_ptr<std::byte[]> values;
        std::once_flag made;
    };
    struct Entry {
        std::string name;
        able_view view{};
        std::vector<int64_t> shape;
        Transposed *transposed = nullptr;
        bool known = true; // one of the network's weights
        const char *source_name = nullptr;
    };

    void add_tensors(const able_source *source, const LdmLayout &layout);
    void add(const able_view &original, const char *source_name, std::string name, Change change);
    void finish();
    const Entry *find(std::string_view name) const;

    static const DiffusersView &from(const able_source *view) noexcept;
    static uint64_t tensor_count(const able_source *view) noexcept;
    static const char *tensor_name(const able_source *view, uint64_t index) noexcept;
    static const able_view *tensor(const able_source *view, const char *name) noexcept;
    static const able_quantisation *quantisation(const able_source *view, const char *name) noexcept;
    static const char *text(const able_source *view, const char *path, uint64_t *length) noexcept;
    static const void *blob(const able_source *view, const char *path, uint64_t *length) noexcept;
    static const char *metadata(const able_source *view, const char *key) noexcept;

    std::unique_ptr<const EmaSource> ema_;
    const able_source *source_;
    const able_source *shown_;
    const char *problem_ = nullptr;
    able_source abi_{};
    std::vector<Entry> entries_;        // in the order of names
    std::vector<std::string> unplaced_; // tensors of the file that are none of a network's, and not harmless
    std::vector<std::unique_ptr<Transposed>> transposed_;
    std::map<std::string, std::string, std::less<>> texts_;
    std::set<std::string, std::less<>> vocabularies_; // paths of the vocabularies
    std::set<std::string, std::less<>> merges_;       // paths of their merges
};

// What a pipeline asks for first, in its probe and in its load.
inline std::unique_ptr<DiffusersView> diffusers_view(const able_source *source) {
    return std::make_unique<DiffusersView>(source);
}

} // namespace able::diffusion
