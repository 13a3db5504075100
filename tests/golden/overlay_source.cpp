#include "overlay_source.h"

#include <ablerefusal/glue.hpp>

#include <nlohmann/json.hpp>

namespace able::golden {
namespace {

OverlaySource &self(const able_source *source) {
    return *static_cast<OverlaySource *>(source->host);
}

} // namespace

OverlaySource::OverlaySource(const able_source *base) : base_(base), abi_(*base) {
    for (uint64_t i = 0; const char *name = base->tensor_name(base, i); ++i) {
        const able_view *view = base->tensor(base, name);
        tensors_[name] = {*view, {view->shape, view->shape + view->ndim}, {}};
    }
}

std::string OverlaySource::text_of(const std::string &path) const {
    const auto found = texts_.find(path);
    return found != texts_.end() ? found->second.value_or("") : base_->text(base_, path.c_str(), nullptr);
}

OverlaySource &OverlaySource::text(const std::string &path, std::optional<std::string> content) {
    texts_[path] = std::move(content);
    return *this;
}

OverlaySource &OverlaySource::config(const std::string &path, const std::string &key, const std::string &value) {
    auto root = nlohmann::json::parse(text_of(path));
    root.erase(key);
    if (!value.empty()) {
        root[key] = nlohmann::json::parse(value);
    }
    return text(path, root.dump());
}

OverlaySource &OverlaySource::remove(const std::string &name) {
    tensors_.erase(name);
    return *this;
}

OverlaySource &OverlaySource::rename(const std::string &name, const std::string &to) {
    auto node = tensors_.extract(name);
    node.key() = to;
    tensors_.insert(std::move(node));
    return *this;
}

OverlaySource &OverlaySource::reshape(const std::string &name, std::vector<int64_t> shape) {
    tensors_.at(name).shape = std::move(shape);
    return *this;
}

OverlaySource &OverlaySource::store(const std::string &name, uint8_t code, uint8_t bits, std::vector<char> data) {
    Entry &entry = tensors_.at(name);
    entry.data = std::move(data);
    entry.view.data = entry.data.data();
    entry.view.byte_offset = 0;
    entry.view.dtype_code = code;
    entry.view.dtype_bits = bits;
    return *this;
}

OverlaySource &OverlaySource::quantise(const std::string &name, const char *layout) {
    const Entry &entry = tensors_.at(name);
    auto &how = quantised_[name] = make_struct<able_quantisation>();
    how.ndim = static_cast<uint32_t>(entry.shape.size());
    how.shape = entry.shape.data();
    how.layout = layout;
    how.block_elements = 32;
    how.block_bytes = 18;
    return store(name, ABLE_DTYPE_OPAQUE, 8, std::vector<char>(18));
}

OverlaySource &OverlaySource::offset(const std::string &name, uint64_t bytes) {
    tensors_.at(name).view.byte_offset = bytes;
    return *this;
}

OverlaySource &OverlaySource::add(const std::string &name, const std::string &like) {
    tensors_[name] = tensors_.at(like);
    return *this;
}

void OverlaySource::index() {
    names_.clear();
    for (auto &[name, entry] : tensors_) {
        entry.view.ndim = static_cast<int32_t>(entry.shape.size());
        entry.view.shape = entry.shape.data();
        entry.view.strides = nullptr;
        names_.push_back(name);
    }
}

const able_source *OverlaySource::abi() {
    index();
    abi_.host = this;
    abi_.name = "overlay";
    abi_.tensor_count = [](const able_source *source) noexcept -> uint64_t {
        return self(source).names_.size();
    };
    abi_.tensor_name = [](const able_source *source, uint64_t index) noexcept -> const char * {
        const auto &names = self(source).names_;
        return index < names.size() ? names[index].c_str() : nullptr;
    };
    abi_.tensor = [](const able_source *source, const char *name) noexcept -> const able_view * {
        const auto found = self(source).tensors_.find(name);
        return found != self(source).tensors_.end() ? &found->second.view : nullptr;
    };
    abi_.text = [](const able_source *source, const char *path, uint64_t *length) noexcept -> const char * {
        const OverlaySource &overlay = self(source);
        const auto found = overlay.texts_.find(path);
        if (found == overlay.texts_.end()) {
            return overlay.base_->text(overlay.base_, path, length);
        }
        if (!found->second) {
            return nullptr;
        }
        if (length != nullptr) {
            *length = found->second->size();
        }
        return found->second->c_str();
    };
    abi_.quantisation = [](const able_source *source, const char *name) noexcept -> const able_quantisation * {
        const auto found = self(source).quantised_.find(std::string_view(name));
        return found != self(source).quantised_.end() ? &found->second : nullptr;
    };
    abi_.blob = [](const able_source *, const char *, uint64_t *) noexcept -> const void * {
        return nullptr;
    };
    return &abi_;
}

} // namespace able::golden
