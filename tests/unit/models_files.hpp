// Files for the tests of host/models: safetensors bytes made in memory, folders that vanish with the test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace able::test {

namespace fs = std::filesystem;

class TempFolder {
public:
    TempFolder() {
        std::string pattern = (fs::temp_directory_path() / "able-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("cannot make a temporary folder");
        }
        path_ = fs::canonical(pattern);
    }
    ~TempFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder &) = delete;
    TempFolder &operator=(const TempFolder &) = delete;

    const fs::path &path() const { return path_; }
    fs::path operator/(std::string_view name) const { return path_ / name; }

private:
    fs::path path_;
};

// Makes the folders above it, too.
inline void write_file(const fs::path &path, std::string_view content) {
    fs::create_directories(path.parent_path());
    std::ofstream stream(path, std::ios::binary);
    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!stream) {
        throw std::runtime_error("cannot write " + path.string());
    }
}

// A safetensors file with this header, as it stands, and `data_bytes` of data that count up from 0.
inline std::string safetensors(std::string_view json, std::size_t data_bytes = 0) {
    std::string file;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        file += static_cast<char>(static_cast<std::uint64_t>(json.size()) >> shift & 0xFFU);
    }
    file += json;
    for (std::size_t i = 0; i < data_bytes; ++i) {
        file += static_cast<char>(i);
    }
    return file;
}

// A valid file of one-dimensional tensors: names and numbers of fp16 elements.
inline std::string half_tensors(const std::vector<std::pair<std::string, int>> &tensors) {
    std::string json;
    int offset = 0;
    for (const auto &[name, count] : tensors) {
        json += (json.empty() ? "{\"" : ",\"") + name + R"(":{"dtype":"F16","shape":[)" + std::to_string(count) +
                R"(],"data_offsets":[)" + std::to_string(offset) + "," + std::to_string(offset + 2 * count) + "]}";
        offset += 2 * count;
    }
    return safetensors(json + "}", static_cast<std::size_t>(offset));
}

// What a call of `body` throws, as text; "" if nothing. `Exception` has what() and status().
template <class Exception, class Body>
std::pair<int, std::string> failure(Body &&body) {
    try {
        std::forward<Body>(body)();
    } catch (const Exception &error) {
        return {error.status(), error.what()};
    }
    return {0, ""};
}

} // namespace able::test
