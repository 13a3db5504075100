#include "pickle_builder.h"

#include "error.h"
#include "host/base/quote.h"
#include "pickle_globals.h"

namespace able::models {

void PickleBuilder::damaged(const std::string &what) const {
    throw ModelError(ABLE_BAD_FILE, label_ + ": damaged checkpoint: " + what + "; download the file again");
}

PickleRef PickleBuilder::add(PickleKind kind, std::int64_t integer) {
    if (pickle_.nodes.size() >= limits_.nodes) {
        damaged("it has more than " + std::to_string(limits_.nodes) + " values");
    }
    PickleNode &node = pickle_.nodes.emplace_back();
    node.kind = kind;
    node.integer = integer;
    return static_cast<PickleRef>(pickle_.nodes.size() - 1);
}

PickleRef PickleBuilder::add_text(std::string_view text) {
    const PickleRef ref = add(PickleKind::text);
    pickle_.nodes[ref].text = text;
    return ref;
}

PickleRef PickleBuilder::add_sequence(std::span<const PickleRef> items) {
    const PickleRef ref = add(PickleKind::sequence);
    add_items(ref, items);
    return ref;
}

PickleRef PickleBuilder::add_global(std::string_view module, std::string_view name) {
    const PickleGlobal *global = find_pickle_global(module, name);
    if (global == nullptr) {
        throw ModelError(ABLE_UNSUPPORTED,
                         label_ + ": it asks for " + base::quote(std::string(module) + "." + std::string(name)) +
                             ", which no weights need and which may be an attack; nothing of it was run. Get the "
                             "model's safetensors version, or convert the file to safetensors if you trust it");
    }
    const PickleRef ref = add(PickleKind::global);
    pickle_.nodes[ref].global = global;
    return ref;
}

// The same list may be put in again and again: the sum is what counts.
void PickleBuilder::add_items(PickleRef container, std::span<const PickleRef> items) {
    items_ += items.size();
    if (items_ > limits_.items) {
        damaged("its lists have more than " + std::to_string(limits_.items) + " items");
    }
    std::vector<PickleRef> &into = pickle_.nodes[container].items;
    into.insert(into.end(), items.begin(), items.end());
}

void PickleBuilder::extend(PickleRef sequence, std::span<const PickleRef> items) {
    const PickleKind kind = at(sequence).kind;
    if (kind == PickleKind::inert) {
        return;
    }
    if (kind != PickleKind::sequence) {
        damaged("it appends to something that is no list");
    }
    add_items(sequence, items);
}

void PickleBuilder::set_items(PickleRef dict, std::span<const PickleRef> items) {
    const PickleKind kind = at(dict).kind;
    if (items.size() % 2 != 0) {
        damaged("a key without a value");
    }
    if (kind == PickleKind::inert) {
        return;
    }
    if (kind != PickleKind::dict) {
        damaged("it sets an item of something that is no dictionary");
    }
    add_items(dict, items);
}

void PickleBuilder::set_state(PickleRef object, PickleRef state) {
    const PickleKind kind = at(object).kind;
    if (kind == PickleKind::dict && at(object).global != nullptr) { // what call() made of a ParameterDict
        const PickleNode *parameters = pickle_.find(at(state), "_parameters");
        if (parameters != nullptr && parameters->kind == PickleKind::dict) {
            const std::vector<PickleRef> items = parameters->items; // adding moves nodes
            add_items(object, items);
        }
        return;
    }
    if (kind != PickleKind::dict && kind != PickleKind::inert && kind != PickleKind::tensor) {
        damaged("it sets the attributes of something that has none");
    }
}

PickleRef PickleBuilder::call(PickleRef function, PickleRef arguments) {
    if (at(function).kind == PickleKind::inert) {
        return add(PickleKind::inert);
    }
    if (at(function).kind != PickleKind::global || at(arguments).kind != PickleKind::sequence) {
        damaged("it calls something that is no function");
    }
    const GlobalRole role = at(function).global->role;
    // Nodes that are added move the sequence, not its items.
    const std::span<const PickleRef> items = at(arguments).items;
    switch (role) {
    case GlobalRole::ordered_dict: {
        const PickleRef dict = add(PickleKind::dict);
        fill_dict(dict, items);
        return dict;
    }
    case GlobalRole::rebuild_tensor:
    case GlobalRole::rebuild_typed_tensor:
        return rebuild_tensor(items, role == GlobalRole::rebuild_typed_tensor);
    case GlobalRole::rebuild_parameter:
        if (items.empty() || at(items[0]).kind != PickleKind::tensor) {
            damaged("a parameter without a tensor");
        }
        return items[0];
    case GlobalRole::parameter_dict: {
        const PickleRef dict = add(PickleKind::dict);
        pickle_.nodes[dict].global = at(function).global;
        return dict;
    }
    case GlobalRole::inert:
        return add(PickleKind::inert);
    case GlobalRole::storage:
    case GlobalRole::dtype:
        break;
    }
    damaged("it calls " + base::quote(std::string(at(function).global->name)) + ", which is no function");
}

// Of a list of pairs, as Python 2 wrote ordered dictionaries.
void PickleBuilder::fill_dict(PickleRef dict, std::span<const PickleRef> arguments) {
    if (arguments.empty()) {
        return;
    }
    if (arguments.size() != 1 || at(arguments[0]).kind != PickleKind::sequence) {
        damaged("an ordered dictionary is made of something other than pairs");
    }
    for (const PickleRef pair : at(arguments[0]).items) {
        if (at(pair).kind != PickleKind::sequence || at(pair).items.size() != 2) {
            damaged("an ordered dictionary is made of something other than pairs");
        }
        add_items(dict, at(pair).items);
    }
}

PickleRef PickleBuilder::persistent(PickleRef id) {
    const std::span<const PickleRef> items = at(id).items;
    const bool well_formed = at(id).kind == PickleKind::sequence && items.size() == 5 &&
                             at(items[0]).text == "storage" && at(items[1]).kind == PickleKind::global &&
                             at(items[1]).global->role == GlobalRole::storage &&
                             at(items[2]).kind == PickleKind::text && at(items[3]).kind == PickleKind::text &&
                             at(items[4]).kind == PickleKind::integer;
    if (!well_formed) {
        damaged("a reference to data that is no storage");
    }
    if (at(items[4]).integer < 0) {
        damaged("a storage of a negative size");
    }
    pickle_.storages.push_back(
        {at(items[2]).text, at(items[1]).global->dtype, static_cast<std::uint64_t>(at(items[4]).integer)});
    return add(PickleKind::storage, static_cast<std::int64_t>(pickle_.storages.size() - 1));
}

std::vector<std::int64_t> PickleBuilder::extents(PickleRef sequence) const {
    const PickleNode &node = at(sequence);
    if (node.kind != PickleKind::sequence || node.items.size() > limits_.rank) {
        damaged("a tensor's shape is no list of at most " + std::to_string(limits_.rank) + " numbers");
    }
    std::vector<std::int64_t> result;
    for (const PickleRef item : node.items) {
        if (at(item).kind != PickleKind::integer || at(item).integer < 0) {
            damaged("a tensor's shape or strides hold something other than numbers of 0 and above");
        }
        result.push_back(at(item).integer);
    }
    return result;
}

PickleRef PickleBuilder::rebuild_tensor(std::span<const PickleRef> arguments, bool typed) {
    constexpr std::size_t dtype_position = 6;
    if (arguments.size() < (typed ? dtype_position + 1 : 4) || at(arguments[0]).kind != PickleKind::storage ||
        at(arguments[1]).kind != PickleKind::integer || at(arguments[1]).integer < 0) {
        damaged("a tensor without a storage or an offset in it");
    }
    PickleTensor tensor;
    tensor.storage = pickle_.storages[static_cast<std::size_t>(at(arguments[0]).integer)];
    std::optional<DType> dtype = tensor.storage.dtype;
    if (typed) {
        const PickleNode &node = at(arguments[dtype_position]);
        dtype = node.kind == PickleKind::global && node.global->role == GlobalRole::dtype ? node.global->dtype
                                                                                          : std::nullopt;
    }
    if (!dtype) {
        damaged("a tensor without a number format");
    }
    tensor.dtype = *dtype;
    tensor.offset = static_cast<std::uint64_t>(at(arguments[1]).integer);
    tensor.shape = extents(arguments[2]);
    tensor.strides = extents(arguments[3]);
    if (tensor.strides.size() != tensor.shape.size()) {
        damaged("a tensor has not one stride for each dimension");
    }
    pickle_.tensors.push_back(std::move(tensor));
    return add(PickleKind::tensor, static_cast<std::int64_t>(pickle_.tensors.size() - 1));
}

Pickle PickleBuilder::take(PickleRef root) {
    pickle_.root_ref = root;
    return std::move(pickle_);
}

} // namespace able::models
