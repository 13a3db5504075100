#include "shard_index.h"

#include "error.h"
#include "host/base/quote.h"
#include "strict_sax.h"
#include "weight_names.h"

#include <utility>

namespace able::models {

namespace {

bool is_shard_name(std::string_view name) {
    return name.size() <= 255 && is_component_file_name(name) && !name.starts_with('.') &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

// Reads the weight map and skips everything else, down to a few levels.
class IndexReader : public StrictSax {
public:
    std::map<std::string, std::string, std::less<>> take() { return std::move(shards_); }
    bool complete() const noexcept { return map_seen_; }

    bool null() override { return skipped() || StrictSax::null(); }
    bool boolean(bool value) override { return skipped() || StrictSax::boolean(value); }
    bool number_integer(number_integer_t value) override { return skipped() || StrictSax::number_integer(value); }
    bool number_unsigned(number_unsigned_t value) override { return skipped() || StrictSax::number_unsigned(value); }
    bool number_float(number_float_t value, const string_t &text) override {
        return skipped() || StrictSax::number_float(value, text);
    }

    bool start_object(std::size_t elements) override {
        return depth_ == 0 || (depth_ == 1 && in_map_) || skipped() ? open() : StrictSax::start_object(elements);
    }
    bool start_array(std::size_t elements) override { return skipped() ? open() : StrictSax::start_array(elements); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t &name) override {
        if (depth_ == 1) {
            in_map_ = name == "weight_map";
            if (in_map_ && std::exchange(map_seen_, true)) {
                return reject("weight_map appears twice");
            }
            return true;
        }
        if (!in_map_) {
            return true;
        }
        const auto [position, inserted] = shards_.emplace(name, std::string());
        if (!inserted) {
            return reject("weight_map has tensor " + base::quote(name) + " twice");
        }
        shard_ = &position->second;
        return true;
    }

    bool string(string_t &value) override {
        if (!in_map_ || depth_ != 2) {
            return skipped() || StrictSax::string(value);
        }
        if (!is_shard_name(value)) {
            return reject("weight_map names the shard " + base::quote(value) +
                          ", which is not the plain name of a file of weights that is read in folders");
        }
        *shard_ = std::move(value);
        return true;
    }

protected:
    std::string place() const override {
        return in_map_ ? "in weight_map, which maps tensors to files" : "where the index must be an object";
    }

private:
    static constexpr int deepest = 8;

    bool skipped() const { return depth_ >= 1 && !in_map_; }
    bool open() { return ++depth_ <= deepest || reject("it is nested too deeply"); }
    bool close() {
        --depth_;
        in_map_ = in_map_ && depth_ > 1;
        return true;
    }

    std::map<std::string, std::string, std::less<>> shards_;
    std::string *shard_ = nullptr;
    int depth_ = 0;
    bool in_map_ = false;
    bool map_seen_ = false;
};

} // namespace

std::map<std::string, std::string, std::less<>> parse_shard_index(std::string_view text, const std::string &label) {
    IndexReader reader;
    if (!reader.read(text)) {
        throw ModelError(ABLE_BAD_FILE, label + ": damaged index of a sharded model: " + reader.problem() +
                                            "; download the file again");
    }
    if (!reader.complete()) {
        throw ModelError(ABLE_BAD_FILE, label + ": the index of a sharded model has no weight_map; download it again");
    }
    return reader.take();
}

} // namespace able::models
