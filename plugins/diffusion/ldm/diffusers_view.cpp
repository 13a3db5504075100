#include "diffusers_view.h"

#include "harmless.h"
#include "ldm_configs.h"

#include "../../../text/clip_vocabulary.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cstring>

namespace able::diffusion {
namespace {

// A larger projection is none.
constexpr uint64_t transposed_limit = uint64_t{64} << 20U;

uint64_t element_bytes(const able_view &view) {
    return view.dtype_bits / 8U;
}

std::byte *bytes_of(const able_view &view) {
    return static_cast<std::byte *>(view.data) + view.byte_offset;
}

bool is_third(Change change) {
    return change == Change::first_third || change == Change::second_third || change == Change::last_third;
}

// Whether the tensor is of the shape that the change starts from.
bool fits(const able_view &view, Change change) {
    if (change == Change::transpose) {
        return view.ndim == 2 &&
               static_cast<uint64_t>(view.shape[0]) * static_cast<uint64_t>(view.shape[1]) * element_bytes(view) <=
                   transposed_limit;
    }
    return !is_third(change) || (view.ndim >= 1 && view.ndim <= 2 && view.shape[0] % 3 == 0);
}

std::vector<int64_t> changed_shape(const able_view &view, Change change) {
    std::vector<int64_t> shape(view.shape, view.shape + view.ndim);
    if (change == Change::squeeze) {
        while (shape.size() > 2 && shape.back() == 1) {
            shape.pop_back();
        }
    }
    if (change == Change::transpose) {
        std::swap(shape[0], shape[1]);
    }
    if (is_third(change)) {
        shape[0] /= 3;
    }
    return shape;
}

uint64_t third_offset(const able_view &view, Change change) {
    uint64_t bytes = element_bytes(view) * static_cast<uint64_t>(view.shape[0] / 3);
    bytes *= view.ndim == 2 ? static_cast<uint64_t>(view.shape[1]) : 1U;
    return change == Change::second_third ? bytes : change == Change::last_third ? 2 * bytes : 0;
}

void transpose(const able_view &from, std::byte *to) {
    const auto rows = static_cast<uint64_t>(from.shape[0]);
    const auto columns = static_cast<uint64_t>(from.shape[1]);
    const uint64_t size = element_bytes(from);
    const std::byte *data = bytes_of(from);
    for (uint64_t row = 0; row < rows; ++row) {
        for (uint64_t column = 0; column < columns; ++column) {
            std::memcpy(to + (column * rows + row) * size, data + (row * columns + column) * size, size);
        }
    }
}

bool is_dropped(const TextShape &text, const std::string &name) {
    const bool last = name.starts_with("text_model.encoder.layers." + std::to_string(text.layers) + ".");
    return text.open_clip && text.component == "text_encoder" && (last || name == "text_projection.weight");
}

} // namespace

DiffusersView::DiffusersView(const able_source *source)
    : ema_(EmaSource::of(source)), source_(ema_ ? ema_->abi() : source), shown_(source) {
    if (source->kind != ABLE_SOURCE_FILE) {
        return;
    }
    const LdmLayout layout = read_ldm_layout(source_);
    problem_ = layout.problem;
    if (!layout.any() || problem_ != nullptr) {
        return;
    }
    add_tensors(source_, layout);
    finish();
    texts_ = ldm_configs(layout);
    for (const TextShape &text : layout.texts) {
        vocabularies_.insert(tokenizer_of(text) + "/vocab.json");
        merges_.insert(tokenizer_of(text) + "/merges.txt");
    }
    abi_ = make_struct<able_source>();
    abi_.kind = ABLE_SOURCE_FOLDER;
    abi_.name = source->name;
    abi_.host = this;
    abi_.tensor_count = tensor_count;
    abi_.tensor_name = tensor_name;
    abi_.tensor = tensor;
    abi_.quantisation = quantisation;
    abi_.text = text;
    abi_.blob = blob;
    abi_.metadata = metadata;
    shown_ = &abi_;
}

void DiffusersView::add_tensors(const able_source *source, const LdmLayout &layout) {
    const auto levels = static_cast<int64_t>(layout.vae.channels.size());
    for (uint64_t i = 0; const char *raw = source->tensor_name(source, i); ++i) {
        const able_view *view = source->tensor(source, raw);
        const std::string_view name(raw);
        if (view == nullptr || is_buffer(name)) {
            continue;
        }
        bool placed = false;
        const auto within = [name](const std::optional<std::string> &prefix) {
            return prefix && name.starts_with(*prefix);
        };
        const auto take = [&](const std::string &component, const std::string &prefix,
                              const std::optional<DiffusersName> &found) {
            if (found && fits(*view, found->change)) {
                add(*view, raw, component + "." + found->name, found->change);
            } else if (!prefix.empty()) {
                add(*view, raw, component + "." + std::string(name.substr(prefix.size())), Change::none);
                entries_.back().known = false;
            } else {
                return;
            }
            placed = true;
        };
        if (within(layout.unet_prefix)) {
            const std::string &prefix = *layout.unet_prefix;
            take("unet", prefix, unet_name(name.substr(prefix.size()), layout.unet.resnets));
        }
        if (within(layout.vae_prefix)) {
            const std::string &prefix = *layout.vae_prefix;
            const std::string_view inner = name.substr(prefix.size());
            take("vae", prefix, layout.vae_named ? DiffusersName{std::string(inner)} : vae_name(inner, levels));
        }
        for (const TextShape &text : layout.texts) {
            if (!name.starts_with(text.prefix)) {
                continue;
            }
            const std::string_view inner = name.substr(text.prefix.size());
            if (!text.open_clip) {
                take(text.component, text.prefix, clip_name(inner));
                continue;
            }
            const std::vector<DiffusersName> names = open_clip_names(inner);
            for (const DiffusersName &found : names) {
                if (!is_dropped(text, found.name)) {
                    take(text.component, text.prefix, found);
                }
                placed = true;
            }
            if (names.empty()) {
                take(text.component, text.prefix, std::nullopt);
            }
        }
        if (!placed && !is_harmless(name)) {
            unplaced_.emplace_back(name);
        }
    }
}

void DiffusersView::add(const able_view &original, const char *source_name, std::string name, Change change) {
    Entry &entry = entries_.emplace_back();
    entry.source_name = source_name;
    entry.name = std::move(name);
    entry.view = original;
    entry.shape = changed_shape(original, change);
    if (is_third(change)) {
        entry.view.data = bytes_of(original) + third_offset(original, change);
        entry.view.byte_offset = 0;
    }
    if (change == Change::transpose) {
        const auto count = static_cast<size_t>(original.shape[0]) * static_cast<size_t>(original.shape[1]);
        transposed_.push_back(std::make_unique<Transposed>());
        entry.transposed = transposed_.back().get();
        entry.transposed->original = &original;
        entry.transposed->values = std::make_unique_for_overwrite<std::byte[]>(count * element_bytes(original));
        entry.view.data = entry.transposed->values.get();
        entry.view.byte_offset = 0;
    }
}

void DiffusersView::finish() {
    // Where two tensors claim a name, one that belongs there counts, else the first in the file.
    const auto by_name = [](const Entry &a, const Entry &b) {
        return std::pair(std::string_view(a.name), !a.known) < std::pair(std::string_view(b.name), !b.known);
    };
    std::stable_sort(entries_.begin(), entries_.end(), by_name);
    const auto same = [](const Entry &a, const Entry &b) {
        return a.name == b.name;
    };
    entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
    for (Entry &entry : entries_) {
        entry.view.ndim = static_cast<int32_t>(entry.shape.size());
        entry.view.shape = entry.shape.data();
    }
}

const char *DiffusersView::note() const {
    return ema_ ? "drawn with the moving averages of the UNet's weights (EMA): the file has no others" : nullptr;
}

std::vector<std::string> DiffusersView::unused(const std::vector<std::string> &unread) const {
    std::vector<std::string> names;
    for (const std::string &name : unread) {
        const Entry *entry = find(name);
        if (entry == nullptr || !is_harmless(entry->source_name)) {
            names.push_back(entry != nullptr ? entry->source_name : name);
        }
    }
    names.insert(names.end(), unplaced_.begin(), unplaced_.end());
    return names;
}

const DiffusersView::Entry *DiffusersView::find(std::string_view name) const {
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), name,
                                        [](const Entry &entry, std::string_view text) { return entry.name < text; });
    return found != entries_.end() && found->name == name ? &*found : nullptr;
}

const DiffusersView &DiffusersView::from(const able_source *view) noexcept {
    return *static_cast<const DiffusersView *>(view->host);
}

uint64_t DiffusersView::tensor_count(const able_source *view) noexcept {
    return from(view).entries_.size();
}

const char *DiffusersView::tensor_name(const able_source *view, uint64_t index) noexcept {
    const std::vector<Entry> &entries = from(view).entries_;
    return index < entries.size() ? entries[index].name.c_str() : nullptr;
}

const able_view *DiffusersView::tensor(const able_source *view, const char *name) noexcept {
    if (name == nullptr) {
        return nullptr;
    }
    const Entry *found = from(view).find(name);
    if (found == nullptr) {
        return nullptr;
    }
    if (Transposed *copy = found->transposed) {
        std::call_once(copy->made, [copy] { transpose(*copy->original, copy->values.get()); });
    }
    return &found->view;
}

// Parts of a quantised tensor are not shown: the file is refused before.
const able_quantisation *DiffusersView::quantisation(const able_source *, const char *) noexcept {
    return nullptr;
}

const void *DiffusersView::blob(const able_source *view, const char *path, uint64_t *length) noexcept {
    return text(view, path, length);
}

const char *DiffusersView::text(const able_source *view, const char *path, uint64_t *length) noexcept {
    const DiffusersView &self = from(view);
    const std::string_view wanted(path != nullptr ? path : "");
    const auto give = [length](std::string_view text) {
        if (length != nullptr) {
            *length = text.size();
        }
        return text.data();
    };
    if (self.vocabularies_.contains(wanted)) {
        return give(text::clip_vocabulary());
    }
    if (self.merges_.contains(wanted)) {
        return give(text::clip_merges());
    }
    const auto found = self.texts_.find(wanted);
    return found != self.texts_.end() ? give(found->second) : nullptr;
}

const char *DiffusersView::metadata(const able_source *view, const char *key) noexcept {
    const able_source *source = from(view).source_;
    return source->metadata(source, key);
}

} // namespace able::diffusion
