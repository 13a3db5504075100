// What a pickle says, without doing any of it.
//
// A pickle is a program for a stack machine whose instructions may call any function by name: loading one with Python
// runs it. This reader knows the instructions that torch.save writes (protocols 2 to 4:
// https://github.com/python/cpython/blob/3.11/Lib/pickletools.py) and a list of names (pickle_globals.h), builds plain
// data from them and calls nothing. Anything else is refused.
#pragma once

#include "dtype.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::models {

struct PickleGlobal;

enum class PickleKind : std::uint8_t {
    none,
    boolean,
    integer,
    text,
    sequence, // list or tuple
    dict,
    global,
    storage,
    tensor,
    inert, // of a kind that no weights depend on: a number too large or with a fraction, bytes, an ignored object
};

using PickleRef = std::uint32_t; // of a node

// torch's storage: numbers under a name, which is an entry of the archive.
struct PickleStorage {
    std::string_view key;
    std::optional<DType> dtype; // nothing: bytes
    std::uint64_t elements = 0; // of dtype, or bytes
};

// torch's tensor: a part of a storage.
struct PickleTensor {
    PickleStorage storage;
    DType dtype = DType::f32;
    std::uint64_t offset = 0; // elements from the storage's start
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides; // in elements; as many as there are extents
};

struct PickleNode {
    PickleKind kind = PickleKind::none;
    std::int64_t integer = 0;             // boolean, integer; storage, tensor: its index
    std::string_view text;                // text
    const PickleGlobal *global = nullptr; // global
    std::vector<PickleRef> items;         // sequence; dict: key, value, key, value …
};

// Bounds on what a pickle may ask for.
struct PickleLimits {
    std::size_t bytes = 64U << 20U;
    std::size_t nodes = 1'000'000;
    std::size_t stack = 1'000'000;
    std::size_t memo = 1'000'000;
    std::size_t items = 16'000'000; // of all lists and dictionaries together
    std::size_t rank = 8;
};

// Texts are views into the bytes that were read. Nodes may refer to each other in cycles.
class Pickle {
public:
    const PickleNode &root() const { return nodes.at(root_ref); }
    const PickleNode &at(PickleRef ref) const { return nodes.at(ref); }
    const PickleTensor &tensor(const PickleNode &node) const {
        return tensors.at(static_cast<std::size_t>(node.integer));
    }
    // The value of a dict's text key, the last one if there are several, as in Python; null if there is none.
    const PickleNode *find(const PickleNode &dict, std::string_view key) const;

    std::vector<PickleNode> nodes;
    std::vector<PickleStorage> storages;
    std::vector<PickleTensor> tensors;
    PickleRef root_ref = 0;
};

// Reads one pickle that fills `bytes`. `label` names the file in errors.
// Throws ModelError: ABLE_BAD_FILE, or ABLE_UNSUPPORTED for a name that is not on the list.
Pickle read_pickle(std::span<const std::byte> bytes, const std::string &label, const PickleLimits &limits = {});

} // namespace able::models
