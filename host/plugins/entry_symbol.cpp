#include "entry_symbol.h"

#include "library.h"
#include "subprocess.h"

#include <memory>
#include <string_view>

#include <fcntl.h>
#include <gelf.h>

namespace able::plugins {

namespace {

// Whether a dynamic symbol table defines the entry.
bool defines_entry(Elf *elf, Elf_Scn *section, const GElf_Shdr &header) {
    Elf_Data *data = elf_getdata(section, nullptr);
    if (data == nullptr || header.sh_entsize == 0) {
        return false;
    }
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, i, &symbol) == nullptr || symbol.st_shndx == SHN_UNDEF) {
            continue;
        }
        const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
        if (name != nullptr && std::string_view(name) == ABLE_ENTRY_SYMBOL) {
            return true;
        }
    }
    return false;
}

} // namespace

void require_entry_symbol(const std::filesystem::path &file) {
    elf_version(EV_CURRENT);
    const Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    const std::unique_ptr<Elf, int (*)(Elf *)> elf(fd ? elf_begin(fd.get(), ELF_C_READ, nullptr) : nullptr, elf_end);
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF) {
        throw PluginError("is not a shared library of this platform");
    }
    for (Elf_Scn *section = elf_nextscn(elf.get(), nullptr); section != nullptr;
         section = elf_nextscn(elf.get(), section)) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != nullptr && header.sh_type == SHT_DYNSYM &&
            defines_entry(elf.get(), section, header)) {
            return;
        }
    }
    throw PluginError("exports no " ABLE_ENTRY_SYMBOL "; it is not an AbleRefusal plugin of ABI 1");
}

} // namespace able::plugins
