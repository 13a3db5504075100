#include "checkpoint.h"

#include "error.h"
#include "file_kind.h"
#include "host/base/quote.h"
#include "saved_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace able::models {

namespace {

constexpr std::size_t longest_name = 1024;
constexpr std::size_t metadata_limit = 256;
constexpr std::size_t tensor_limit = 200'000;
constexpr std::string_view pickle_name = "data.pkl";
constexpr std::string_view embedding_key = "string_to_param";

[[noreturn]] void damaged(const std::string &label, const std::string &what) {
    throw ModelError(ABLE_BAD_FILE, label + ": damaged checkpoint: " + what + "; download the file again");
}

[[noreturn]] void unsupported(const std::string &label, const std::string &what) {
    throw ModelError(ABLE_UNSUPPORTED, label + ": " + what);
}

void refuse_other_kinds(std::span<const std::byte> bytes, const std::string &label) {
    switch (file_kind(bytes.first(std::min<std::size_t>(bytes.size(), 512)))) {
    case FileKind::zip:
        return;
    case FileKind::pickle:
    case FileKind::tar:
        unsupported(label,
                    "this checkpoint is in the format of torch before 1.6, which is not read; load it with torch "
                    "and save it anew, best as safetensors");
    case FileKind::safetensors_like:
        unsupported(label, "this is a safetensors file under a checkpoint's name; rename it to end in .safetensors");
    case FileKind::other:
        break;
    }
    throw ModelError(ABLE_BAD_FILE, label + ": not a checkpoint that torch.save made, nor any other known file of "
                                            "weights; download it again, or remove it");
}

const ZipEntry *find_entry(const std::vector<ZipEntry> &entries, std::string_view name) {
    const auto found = std::lower_bound(entries.begin(), entries.end(), name,
                                        [](const ZipEntry &entry, std::string_view text) { return entry.name < text; });
    return found != entries.end() && found->name == name ? &*found : nullptr;
}

// The one folder that everything in the archive is in, with its slash.
std::string root_folder(const std::vector<ZipEntry> &entries, const std::string &label) {
    const std::string first = entries.empty() ? std::string() : entries.front().name;
    std::string root = first.substr(0, first.find('/') + 1);
    if (root.size() < 2 || root == "./" || root == "../") {
        damaged(label, "its archive is not one folder, as torch.save makes it");
    }
    for (const ZipEntry &entry : entries) {
        if (!entry.name.starts_with(root)) {
            damaged(label, "entry " + base::quote(entry.name) + " is not in the folder " + base::quote(root) +
                               " of the others");
        }
    }
    return root;
}

void check_archive(const std::vector<ZipEntry> &entries, const std::string &root, const std::string &label) {
    if (find_entry(entries, root + "constants.pkl") != nullptr) {
        unsupported(label, "this is a TorchScript program, not a file of weights; get the model's safetensors version");
    }
    const auto compressed =
        std::find_if(entries.begin(), entries.end(), [](const ZipEntry &e) { return e.compressed; });
    if (compressed != entries.end()) {
        unsupported(label,
                    "entry " + base::quote(compressed->name) +
                        " is compressed, which torch.save never does; load the file with torch and save it anew");
    }
    if (find_entry(entries, root + std::string(pickle_name)) == nullptr) {
        damaged(label, "its archive has no data.pkl, the list of its tensors");
    }
    const ZipEntry *order = find_entry(entries, root + "byteorder");
    if (order != nullptr &&
        std::string_view(reinterpret_cast<const char *>(order->data.data()), order->data.size()) != "little") {
        unsupported(label, "it was saved on a big-endian machine; load it with torch and save it anew");
    }
}

// The dictionary that holds the weights, and what their names get in front.
struct WeightsDict {
    const PickleNode &node;
    std::string prefix;
};

WeightsDict weights_of(const Pickle &pickle, const std::string &label) {
    const PickleNode &root = pickle.root();
    if (root.kind != PickleKind::dict) {
        unsupported(label, "it holds no dictionary of weights but something else, perhaps a whole program's object; "
                           "save the model's state_dict(), best as safetensors");
    }
    const PickleNode *inner = pickle.find(root, "state_dict");
    if (inner != nullptr && inner->kind == PickleKind::dict) {
        return {*inner, {}};
    }
    const PickleNode *embedding = pickle.find(root, embedding_key);
    if (embedding != nullptr && embedding->kind == PickleKind::dict) {
        return {*embedding, std::string(embedding_key) + "."};
    }
    return {root, {}};
}

bool is_row_major(const PickleTensor &tensor) {
    if (element_count(tensor.shape) == 0U) {
        return true;
    }
    std::int64_t expected = 1;
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
        if (tensor.shape[i] != 1 && tensor.strides[i] != expected) {
            return false;
        }
        expected *= tensor.shape[i]; // fits: the caller has counted the elements
    }
    return true;
}

bool is_utf8(std::string_view text) {
    try {
        static_cast<void>(nlohmann::json(text).dump());
        return true;
    } catch (const nlohmann::json::type_error &) {
        return false;
    }
}

std::string checked_name(std::string_view name, const std::string &label) {
    if (name.size() > longest_name || name.find('\0') != std::string_view::npos || !is_utf8(name)) {
        damaged(label, "the name of tensor " + base::quote(name) + " is too long, not UTF-8, or has a NUL in it");
    }
    return std::string(name);
}

// The tensor's bytes within its storage's.
std::span<const std::byte> tensor_data(const PickleTensor &tensor, std::span<const std::byte> storage,
                                       const std::string &what, const std::string &label) {
    const std::uint64_t stored_unit = tensor.storage.dtype ? dtype_bytes(*tensor.storage.dtype) : 1;
    std::uint64_t promised = 0;
    if (__builtin_mul_overflow(tensor.storage.elements, stored_unit, &promised) || promised != storage.size()) {
        damaged(label, "the data of " + what + " has " + std::to_string(storage.size()) + " bytes where " +
                           std::to_string(tensor.storage.elements) + " elements are promised");
    }
    const std::uint64_t unit = dtype_bytes(tensor.dtype);
    const std::optional<std::uint64_t> count = element_count(tensor.shape);
    if (!count || *count > storage.size() / unit || tensor.offset > storage.size() / unit - *count) {
        damaged(label, what + " reaches past the end of its data");
    }
    if (!is_row_major(tensor)) {
        unsupported(label, what + " is stored transposed or spread out, not row by row; load the file with torch, make "
                                  "its tensors contiguous() and save it anew, best as safetensors");
    }
    return storage.subspan(tensor.offset * unit, *count * unit);
}

} // namespace

std::shared_ptr<const CheckpointFile> CheckpointFile::open(const std::filesystem::path &path) {
    auto mapping = MappedFile::open(path);
    const std::span<const std::byte> bytes = mapping->bytes();
    return std::shared_ptr<const CheckpointFile>(new CheckpointFile(std::move(mapping), bytes, path.string()));
}

std::shared_ptr<const CheckpointFile> CheckpointFile::from_memory(std::span<const std::byte> bytes, std::string label) {
    return std::shared_ptr<const CheckpointFile>(new CheckpointFile(nullptr, bytes, std::move(label)));
}

CheckpointFile::CheckpointFile(std::unique_ptr<const MappedFile> mapping, std::span<const std::byte> bytes,
                               std::string label)
    : WeightFile(std::move(label), bytes.size()), mapping_(std::move(mapping)) {
    refuse_text(bytes, this->label());
    refuse_other_kinds(bytes, this->label());
    const std::vector<ZipEntry> entries = read_zip_index(bytes, this->label());
    const std::string root = root_folder(entries, this->label());
    check_archive(entries, root, this->label());
    const Pickle pickle = read_pickle(find_entry(entries, root + std::string(pickle_name))->data, this->label());
    read_weights(pickle, entries, root);
    read_metadata(pickle);
}

void CheckpointFile::read_weights(const Pickle &pickle, const std::vector<ZipEntry> &entries, const std::string &root) {
    const auto [weights, prefix] = weights_of(pickle, label());
    for (std::size_t i = 0; i + 1 < weights.items.size(); i += 2) {
        const PickleNode &key = pickle.at(weights.items[i]);
        const PickleNode &value = pickle.at(weights.items[i + 1]);
        if (key.kind != PickleKind::text || value.kind != PickleKind::tensor) {
            continue;
        }
        if (tensors().size() == tensor_limit) {
            damaged(label(), "it has more than " + std::to_string(tensor_limit) + " tensors");
        }
        const PickleTensor &tensor = pickle.tensor(value);
        std::string name = prefix + checked_name(key.text, label());
        const std::string what = "tensor " + base::quote(name);
        const ZipEntry *entry = find_entry(entries, root + "data/" + std::string(tensor.storage.key));
        if (entry == nullptr) {
            damaged(label(), "the data of " + what + " is not in the archive");
        }
        const std::span<const std::byte> data = tensor_data(tensor, entry->data, what, label());
        add_tensor(std::move(name), tensor.dtype, tensor.shape, data);
    }
    sort_tensors();
    const auto twice = std::adjacent_find(tensors().begin(), tensors().end(),
                                          [](const Tensor &a, const Tensor &b) { return a.name == b.name; });
    if (twice != tensors().end()) {
        damaged(label(), "tensor " + base::quote(twice->name) + " appears twice");
    }
}

void CheckpointFile::read_metadata(const Pickle &pickle) {
    const PickleNode &root = pickle.root();
    Metadata metadata;
    for (std::size_t i = 0; i + 1 < root.items.size() && metadata.size() < metadata_limit; i += 2) {
        const PickleNode &key = pickle.at(root.items[i]);
        const PickleNode &value = pickle.at(root.items[i + 1]);
        if (key.kind == PickleKind::text && value.kind == PickleKind::integer) {
            metadata[checked_name(key.text, label())] = std::to_string(value.integer);
        }
    }
    set_metadata(std::move(metadata));
}

} // namespace able::models
