#include "entry_symbol.h"

#include "host/base/subprocess.h"
#include "library.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include <fcntl.h>
#include <gelf.h>

namespace able::plugins {

namespace {

// Made by linkers; not the author's doing.
constexpr std::array linkers_own{"_init", "_fini", "_edata", "_end", "__bss_start"};

// Adds what a dynamic symbol table defines for others.
void add_defined(Elf *elf, Elf_Scn *section, const GElf_Shdr &header, std::vector<std::string> &names) {
    Elf_Data *data = elf_getdata(section, nullptr);
    if (data == nullptr || header.sh_entsize == 0) {
        return;
    }
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, i, &symbol) == nullptr || symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_ABS ||
            GELF_ST_BIND(symbol.st_info) == STB_LOCAL) {
            continue;
        }
        const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (name != nullptr &&
            std::find(linkers_own.begin(), linkers_own.end(), std::string_view(name)) == linkers_own.end()) {
            names.emplace_back(name);
        }
    }
}

} // namespace

std::vector<std::string> exported_symbols(const std::filesystem::path &file) {
    elf_version(EV_CURRENT);
    const base::Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    const std::unique_ptr<Elf, int (*)(Elf *)> elf(fd ? elf_begin(fd.get(), ELF_C_READ, nullptr) : nullptr, elf_end);
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF) {
        throw PluginError("is not a shared library of this platform");
    }
    std::vector<std::string> names;
    for (Elf_Scn *section = elf_nextscn(elf.get(), nullptr); section != nullptr;
         section = elf_nextscn(elf.get(), section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != nullptr && header.sh_type == SHT_DYNSYM) {
            add_defined(elf.get(), section, header, names);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

void require_entry_symbol(const std::filesystem::path &file) {
    const auto names = exported_symbols(file);
    if (!std::binary_search(names.begin(), names.end(), ABLE_ENTRY_SYMBOL)) {
        throw PluginError("exports no " ABLE_ENTRY_SYMBOL "; it is not an AbleRefusal plugin of ABI 1");
    }
}

} // namespace able::plugins
