// Checkpoints made by hand for the tests of host/models: zip archives of stored entries, and the instructions of
// pickles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace able::test {

inline std::string little_endian(std::uint64_t value, std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) {
        text += static_cast<char>(value >> (8 * i) & 0xFFU);
    }
    return text;
}

struct ZipPart {
    std::string name;
    std::string data;
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::int64_t size_error = 0;   // added to the size that both headers give
    std::int64_t offset_error = 0; // added to where the list places the entry
};

// PKWARE's APPNOTE.TXT, 4.3; check sums are left 0. `counted` is the number of entries that the end record claims.
inline std::string zip(const std::vector<ZipPart> &parts, int counted = -1) {
    std::string file;
    std::string list;
    for (const ZipPart &part : parts) {
        const auto offset = static_cast<std::int64_t>(file.size()) + part.offset_error;
        const std::string size =
            little_endian(static_cast<std::uint64_t>(static_cast<std::int64_t>(part.data.size()) + part.size_error), 4);
        const std::string common = little_endian(20, 2) + little_endian(part.flags, 2) + little_endian(part.method, 2) +
                                   std::string(8, '\0') + size + size + little_endian(part.name.size(), 2) +
                                   std::string(2, '\0');
        file += "PK\x03\x04" + common + part.name + part.data;
        list += "PK\x01\x02" + little_endian(20, 2) + common + std::string(10, '\0') +
                little_endian(static_cast<std::uint64_t>(offset), 4) + part.name;
    }
    const std::string count = little_endian(counted < 0 ? parts.size() : static_cast<std::size_t>(counted), 2);
    return file + list + std::string("PK\x05\x06\0\0\0\0", 8) + count + count + little_endian(list.size(), 4) +
           little_endian(file.size(), 4) + std::string(2, '\0');
}

// Pieces of a pickle, named as what they leave on the stack.
namespace pickle {

inline std::string text(std::string_view value) {
    return "X" + little_endian(value.size(), 4) + std::string(value);
}

inline std::string number(std::int64_t value) {
    return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
}

inline std::string global(const std::string &module, const std::string &name) {
    return "c" + module + "\n" + name + "\n";
}

inline std::string tuple(const std::vector<std::string> &items) {
    std::string code = "(";
    for (const std::string &item : items) {
        code += item;
    }
    return code + "t";
}

inline std::string numbers(const std::vector<std::int64_t> &values) {
    std::vector<std::string> items;
    for (const std::int64_t value : values) {
        items.push_back(number(value));
    }
    return tuple(items);
}

inline std::string dict(const std::vector<std::string> &keys_and_values) {
    std::string code = "}(";
    for (const std::string &item : keys_and_values) {
        code += item;
    }
    return code + "u";
}

inline std::string storage(const std::string &type, const std::string &key, std::int64_t elements) {
    return tuple({text("storage"), global("torch", type), text(key), text("cpu"), number(elements)}) + "Q";
}

inline std::string call(const std::string &function, const std::vector<std::string> &arguments) {
    return function + tuple(arguments) + "R";
}

inline std::string tensor(const std::string &of, std::int64_t offset, const std::vector<std::int64_t> &shape,
                          const std::vector<std::int64_t> &strides) {
    return call(global("torch._utils", "_rebuild_tensor_v2"), {of, number(offset), numbers(shape), numbers(strides),
                                                               "\x89", call(global("collections", "OrderedDict"), {})});
}

inline std::string program(const std::string &code) {
    return "\x80\x02" + code + ".";
}

} // namespace pickle

// A checkpoint of this pickle and of storages "0", "1", … with these bytes.
inline std::string checkpoint(const std::string &code, const std::vector<std::string> &storages = {}) {
    std::vector<ZipPart> parts{{"archive/data.pkl", pickle::program(code)}, {"archive/byteorder", "little"}};
    for (std::size_t i = 0; i < storages.size(); ++i) {
        parts.push_back({"archive/data/" + std::to_string(i), storages[i]});
    }
    return zip(parts);
}

} // namespace able::test
