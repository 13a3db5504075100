// The shapes of a source's tensors, asked for by name.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <string>

namespace able::diffusion {

class SourceShapes {
public:
    // `prefix` stands in front of every name.
    SourceShapes(const able_source *source, std::string prefix) : source_(source), prefix_(std::move(prefix)) {}

    const able_view *find(const std::string &name) const { return source_->tensor(source_, (prefix_ + name).c_str()); }
    bool has(const std::string &name) const { return find(name) != nullptr; }
    // 0 if there is no such tensor, or it has no such dimension.
    int64_t extent(const std::string &name, int32_t dimension) const {
        const able_view *view = find(name);
        return view != nullptr && dimension < view->ndim ? view->shape[dimension] : 0;
    }
    // How many of `before`0`after`, `before`1`after`, … there are; at most 256.
    int64_t count(const std::string &before, const std::string &after) const {
        int64_t number = 0;
        while (number < 256 && has(std::string(before).append(std::to_string(number)).append(after))) {
            ++number;
        }
        return number;
    }

private:
    const able_source *source_;
    std::string prefix_;
};

} // namespace able::diffusion
