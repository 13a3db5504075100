#include "made_files.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <stdexcept>

namespace able::golden {

void write_safetensors(const able_source *source, const std::string &prefix, const std::filesystem::path &file) {
    nlohmann::json header = nlohmann::json::object();
    std::string bytes;
    for (std::uint64_t i = 0; i < source->tensor_count(source); ++i) {
        const std::string name = source->tensor_name(source, i);
        if (!name.starts_with(prefix)) {
            continue;
        }
        const able_view &view = *source->tensor(source, name.c_str());
        std::size_t count = 1;
        std::vector<std::int64_t> shape(view.shape, view.shape + view.ndim);
        for (const std::int64_t extent : shape) {
            count *= static_cast<std::size_t>(extent);
        }
        const std::size_t begin = bytes.size();
        bytes.append(static_cast<const char *>(view.data), 2 * count);
        header[name.substr(prefix.size())] = {
            {"dtype", "BF16"}, {"shape", shape}, {"data_offsets", {begin, bytes.size()}}};
    }
    const std::string text = header.dump();
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    for (std::uint64_t length = text.size(), i = 0; i < 8; ++i, length >>= 8U) {
        out.put(static_cast<char>(length & 0xFFU));
    }
    out << text << bytes;
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + file.string());
    }
}

void write_folder(MadeSource &source, const std::filesystem::path &folder) {
    for (const auto &[path, content] : source.texts()) {
        std::filesystem::create_directories((folder / path).parent_path());
        std::ofstream(folder / path) << content;
    }
    const able_source *abi = source.abi();
    std::set<std::string> components;
    for (std::uint64_t i = 0; i < abi->tensor_count(abi); ++i) {
        const std::string name = abi->tensor_name(abi, i);
        components.insert(name.substr(0, name.find('.')));
    }
    for (const std::string &component : components) {
        const char *name = component.starts_with("text_encoder") ? "model" : "diffusion_pytorch_model";
        write_safetensors(abi, component + ".", folder / component / (std::string(name) + ".safetensors"));
    }
}

} // namespace able::golden
