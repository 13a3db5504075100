// A source that differs from another in a few texts and tensors, for broken and unusual models.
#pragma once

#include <ablerefusal/source.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace able::golden {

class OverlaySource {
public:
    explicit OverlaySource(const able_source *base);
    OverlaySource(const OverlaySource &) = delete;
    OverlaySource &operator=(const OverlaySource &) = delete;

    // std::nullopt takes the text away.
    OverlaySource &text(const std::string &path, std::optional<std::string> content);
    // Replaces `"key": …` of a JSON text by `value`, a JSON text; "" takes the field away.
    OverlaySource &config(const std::string &path, const std::string &key, const std::string &value);
    OverlaySource &remove(const std::string &name);
    OverlaySource &rename(const std::string &name, const std::string &to);
    OverlaySource &reshape(const std::string &name, std::vector<int64_t> shape); // of as many elements
    // New values.
    OverlaySource &store(const std::string &name, uint8_t code, uint8_t bits, std::vector<char> data);
    OverlaySource &quantise(const std::string &name, const char *layout); // its bytes are blocks of such a kind
    OverlaySource &offset(const std::string &name, uint64_t bytes);       // from where the values start
    // Any name at all, as a copy of the view of another.
    OverlaySource &add(const std::string &name, const std::string &like);

    const able_view &view(const std::string &name) const { return tensors_.at(name).view; }
    const able_source *abi();

private:
    struct Entry {
        able_view view;
        std::vector<int64_t> shape;
        std::vector<char> data;
    };
    void index();
    std::string text_of(const std::string &path) const;

    const able_source *base_;
    std::map<std::string, std::optional<std::string>> texts_;
    std::map<std::string, Entry> tensors_;
    std::vector<std::string> names_;
    std::map<std::string, able_quantisation, std::less<>> quantised_;
    able_source abi_;
};

} // namespace able::golden
