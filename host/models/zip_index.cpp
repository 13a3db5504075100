#include "zip_index.h"

#include "error.h"
#include "host/base/quote.h"

#include <minizip/unzip.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

namespace able::models {

namespace {

[[noreturn]] void corrupt(const std::string &label, const std::string &what) {
    throw ModelError(ABLE_BAD_FILE, label + ": damaged zip archive: " + what + "; download the file again");
}

// The archive, and where minizip stands in it.
struct Memory {
    std::span<const std::byte> bytes;
    std::uint64_t position = 0;
    bool past_end = false; // something was asked for that is not there
};

Memory &memory(voidpf stream) {
    return *static_cast<Memory *>(stream);
}

voidpf open_memory(voidpf opaque, const void *, int) {
    return opaque;
}

uLong read_memory(voidpf, voidpf stream, void *buffer, uLong size) {
    Memory &from = memory(stream);
    const std::uint64_t count = std::min<std::uint64_t>(size, from.bytes.size() - from.position);
    std::memcpy(buffer, from.bytes.data() + from.position, count);
    from.position += count;
    from.past_end = from.past_end || count < size;
    return count;
}

ZPOS64_T tell_memory(voidpf, voidpf stream) {
    return memory(stream).position;
}

long seek_memory(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
    Memory &in = memory(stream);
    const std::uint64_t start = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                                : origin == ZLIB_FILEFUNC_SEEK_CUR ? in.position
                                                                   : in.bytes.size();
    std::uint64_t target = 0;
    if (__builtin_add_overflow(start, offset, &target) || target > in.bytes.size()) {
        return -1;
    }
    in.position = target;
    return 0;
}

int close_memory(voidpf, voidpf) {
    return 0;
}

// Without this minizip takes what is missing at the end for zeros.
int memory_error(voidpf, voidpf stream) {
    return memory(stream).past_end ? 1 : 0;
}

using Archive = std::unique_ptr<std::remove_pointer_t<unzFile>, decltype(&unzClose)>;

Archive open_archive(Memory &from) {
    zlib_filefunc64_def functions{};
    functions.zopen64_file = open_memory;
    functions.zread_file = read_memory;
    functions.ztell64_file = tell_memory;
    functions.zseek64_file = seek_memory;
    functions.zclose_file = close_memory;
    functions.zerror_file = memory_error;
    functions.opaque = &from;
    return {unzOpen2_64("", &functions), unzClose};
}

// Where the current entry's bytes lie. Opening it has minizip compare its two headers.
std::span<const std::byte> current_data(unzFile archive, std::span<const std::byte> bytes, std::uint64_t size,
                                        const std::string &what, const std::string &label) {
    int method = 0;
    int level = 0;
    if (unzOpenCurrentFile2(archive, &method, &level, /*raw=*/1) != UNZ_OK) {
        corrupt(label, what + " is not where the list of entries places it");
    }
    const ZPOS64_T start = unzGetCurrentFileZStreamPos64(archive);
    unzCloseCurrentFile(archive);
    if (start > bytes.size() || size > bytes.size() - start) {
        corrupt(label, what + " reaches past the end of the file");
    }
    return bytes.subspan(start, size);
}

ZipEntry current_entry(unzFile archive, std::span<const std::byte> bytes, const std::string &label,
                       const ZipLimits &limits) {
    unz_file_info64 info{};
    std::string name(limits.name_bytes + 1, '\0');
    if (unzGetCurrentFileInfo64(archive, &info, name.data(), name.size(), nullptr, 0, nullptr, 0) != UNZ_OK) {
        corrupt(label, "its list of entries breaks off");
    }
    if (info.size_filename > limits.name_bytes) {
        corrupt(label, "an entry's name has " + std::to_string(info.size_filename) + " bytes, more than " +
                           std::to_string(limits.name_bytes));
    }
    name.resize(info.size_filename);
    if (name.empty() || name.find('\0') != std::string::npos) {
        corrupt(label, "an entry has no name, or one with a NUL in it");
    }
    const std::string what = "entry " + base::quote(name);
    if ((info.flag & 1U) != 0) {
        throw ModelError(ABLE_UNSUPPORTED, label + ": " + what + " is encrypted; unpack and save the model anew");
    }
    const bool compressed = info.compression_method != 0;
    if (!compressed && info.compressed_size != info.uncompressed_size) {
        corrupt(label, what + " is stored as it is, but with two sizes");
    }
    const std::span<const std::byte> data = current_data(archive, bytes, info.compressed_size, what, label);
    return {std::move(name), data, compressed};
}

// No byte may have two meanings.
void check_overlaps(const std::vector<ZipEntry> &entries, const std::string &label) {
    std::vector<const ZipEntry *> order;
    for (const ZipEntry &entry : entries) {
        if (!entry.data.empty()) {
            order.push_back(&entry);
        }
    }
    std::sort(order.begin(), order.end(),
              [](const ZipEntry *a, const ZipEntry *b) { return a->data.data() < b->data.data(); });
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (order[i - 1]->data.data() + order[i - 1]->data.size() > order[i]->data.data()) {
            corrupt(label, "the entries " + base::quote(order[i - 1]->name) + " and " + base::quote(order[i]->name) +
                               " overlap");
        }
    }
}

} // namespace

std::vector<ZipEntry> read_zip_index(std::span<const std::byte> archive, const std::string &label,
                                     const ZipLimits &limits) {
    Memory from{archive};
    const Archive opened = open_archive(from);
    if (opened == nullptr) {
        corrupt(label, "truncated: it has no list of entries at its end");
    }
    std::vector<ZipEntry> entries;
    int status = unzGoToFirstFile(opened.get());
    for (; status == UNZ_OK; status = unzGoToNextFile(opened.get())) {
        if (entries.size() == limits.entries) {
            corrupt(label, "it has more than " + std::to_string(limits.entries) + " entries");
        }
        entries.push_back(current_entry(opened.get(), archive, label, limits));
    }
    if (status != UNZ_END_OF_LIST_OF_FILE) {
        corrupt(label, "its list of entries breaks off");
    }
    std::sort(entries.begin(), entries.end(), [](const ZipEntry &a, const ZipEntry &b) { return a.name < b.name; });
    const auto twice = std::adjacent_find(entries.begin(), entries.end(),
                                          [](const ZipEntry &a, const ZipEntry &b) { return a.name == b.name; });
    if (twice != entries.end()) {
        corrupt(label, "entry " + base::quote(twice->name) + " appears twice");
    }
    check_overlaps(entries, label);
    return entries;
}

} // namespace able::models
