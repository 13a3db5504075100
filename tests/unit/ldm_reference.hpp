// What diffusers makes of single-file checkpoints; data/single_file, made by tools/single-file/names.py.
#pragma once

#include "shape_source.hpp"

#include <zlib.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace able::tests {

struct ReferenceRow {
    std::string family;
    std::string file_name;
    std::vector<int64_t> file_shape;
    std::string name;
    std::vector<int64_t> shape;
    std::string how; // "=", "+N" (from row N), "T" (transposed), "-" (left out)
};

inline std::vector<int64_t> parse_shape(const std::string &text) {
    std::vector<int64_t> shape;
    std::istringstream parts(text == "-" ? "" : text);
    for (std::string part; std::getline(parts, part, 'x');) {
        shape.push_back(std::stoll(part));
    }
    return shape;
}

inline std::vector<ReferenceRow> read_reference() {
    const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(
        gzopen(ABLE_SOURCE_DIR "/tests/unit/data/single_file/names.tsv.gz", "rb"), gzclose);
    if (file == nullptr) {
        throw std::runtime_error("cannot open names.tsv.gz");
    }
    std::string text;
    std::vector<char> buffer(1U << 16U);
    for (int count = 0; (count = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    std::vector<ReferenceRow> rows;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> fields;
        std::istringstream parts(line);
        for (std::string field; std::getline(parts, field, '\t');) {
            fields.push_back(field);
        }
        rows.push_back({fields.at(0), fields.at(1), parse_shape(fields.at(2)), fields.at(3), parse_shape(fields.at(4)),
                        fields.at(5)});
    }
    return rows;
}

// Of one family: "sd1", "sd2", "sdxl", "refiner".
inline const std::vector<ReferenceRow> &reference(const std::string &family) {
    static const auto all = [] {
        std::map<std::string, std::vector<ReferenceRow>> families;
        for (ReferenceRow &row : read_reference()) {
            families[row.family].push_back(std::move(row));
        }
        return families;
    }();
    return all.at(family);
}

inline nlohmann::json reference_configs() {
    std::ifstream file(ABLE_SOURCE_DIR "/tests/unit/data/single_file/configs.json");
    return nlohmann::json::parse(file);
}

// The whole file of a family, without what is no weight.
inline std::unique_ptr<ShapeSource> reference_file(const std::string &family) {
    auto source = std::make_unique<ShapeSource>();
    for (const ReferenceRow &row : reference(family)) {
        source->add(row.file_name, row.file_shape);
    }
    return source;
}

} // namespace able::tests
