#include "lora_file.h"

#include <ablerefusal/glue.hpp>

#include <dlfcn.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace able::bench {
namespace {

struct Factor {
    std::string name;
    int64_t rows, columns;
};

bool is_trained(const diffusion::Parameter &parameter) {
    const std::string &name = parameter.target;
    const bool transformer = name.find(".attentions.") != std::string::npos;
    const bool layer = name.find(".encoder.layers.") != std::string::npos;
    const bool matrix = parameter.value.dim() >= 2 && name.ends_with(".weight");
    return matrix && (transformer || layer);
}

std::vector<Factor> factors_for(const std::vector<diffusion::Parameter> &parameters, int64_t rank) {
    std::vector<Factor> factors;
    for (const diffusion::Parameter &parameter : parameters) {
        if (!is_trained(parameter)) {
            continue;
        }
        const std::string module = parameter.target.substr(0, parameter.target.rfind(".weight"));
        const int64_t out = parameter.value.size(0);
        factors.push_back({module + ".lora_A.weight", rank, parameter.value.numel() / out});
        factors.push_back({module + ".lora_B.weight", out, rank});
    }
    return factors;
}

} // namespace

LoraFile::LoraFile(const std::vector<diffusion::Parameter> &parameters, int64_t rank)
    : path_(std::filesystem::temp_directory_path() / ("bench_lora_" + std::to_string(getpid()) + ".safetensors")) {
    const std::vector<Factor> factors = factors_for(parameters, rank);
    nlohmann::json header;
    uint64_t offset = 0;
    for (const Factor &factor : factors) {
        const uint64_t end = offset + 2 * static_cast<uint64_t>(factor.rows * factor.columns);
        header[factor.name] = {
            {"dtype", "F16"}, {"shape", {factor.rows, factor.columns}}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const uint64_t length = text.size();
    std::ofstream out(path_, std::ios::binary);
    out.write(reinterpret_cast<const char *>(&length), sizeof length);
    out << text;
    // One block of values from -0.125 to 0.125, each factor from another place of it.
    std::mt19937 random(1);
    std::vector<uint16_t> block(1 << 20);
    for (uint16_t &value : block) {
        const auto bits = static_cast<uint16_t>(random());
        value = static_cast<uint16_t>((bits & 0x83FF) | ((1 + bits % 11) << 10)); // exponents below 2^-3
    }
    for (const Factor &factor : factors) {
        size_t from = random() % block.size();
        for (auto left = static_cast<size_t>(factor.rows * factor.columns); left > 0;) {
            const size_t count = std::min(left, block.size() - from);
            out.write(reinterpret_cast<const char *>(&block[from]), static_cast<std::streamsize>(2 * count));
            left -= count;
            from = 0;
        }
    }
    if (!out.flush()) {
        throw std::runtime_error("cannot write " + path_.string());
    }
}

LoraFile::~LoraFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
}

Adapter::Adapter(const LoraFile &file, const able_targets *targets, const able_job *job)
    : source_(models::Source::open_file(file.path())) {
    void *library = dlopen(ABLE_LORA_PLUGIN, RTLD_NOW | RTLD_LOCAL);
    const auto entry =
        library != nullptr ? reinterpret_cast<const able_plugin *(*)()>(dlsym(library, ABLE_ENTRY_SYMBOL)) : nullptr;
    if (entry == nullptr) {
        throw std::runtime_error(dlerror());
    }
    const able_factory *factory = entry()->get_factory(ABLE_FACTORY_ADAPTER);
    const auto *adapter = static_cast<const able_adapter *>(factory->at(0));
    auto none = make_struct<able_params>(); // the adapter has no parameters
    check(adapter->open(source_->abi(), targets, &none, job, &file_), "opening the LoRA");
    if (file_->unmatched_count(file_) != 0) {
        throw std::runtime_error("not all of the LoRA found its place");
    }
}

Adapter::~Adapter() {
    if (file_ != nullptr) {
        file_->close(file_);
    }
}

able_adapter_use Adapter::use(double strength) const {
    auto result = make_struct<able_adapter_use>();
    result.file = file_;
    result.strength = strength;
    return result;
}

} // namespace able::bench
