#include "messages.h"

#include "host/base/quote.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace able::protocol {
namespace {

using nlohmann::json;

// The parts of a message, each checked to be what it must be: either end may be hostile bytes.
class Parts {
public:
    Parts(const char *type, const json &document) : type_(type), document_(document) {}

    const json &any(const char *name) const {
        const auto part = document_.find(name);
        if (part == document_.end()) {
            throw ProtocolError(std::string("the message \"") + type_ + "\" has no \"" + name + "\"");
        }
        return *part;
    }
    std::string text(const char *name) const { return expect(name, "a text", &json::is_string).get<std::string>(); }
    bool flag(const char *name) const { return expect(name, "true or false", &json::is_boolean).get<bool>(); }
    double number(const char *name) const {
        const auto value = expect(name, "a number", &json::is_number).get<double>();
        if (!std::isfinite(value)) {
            throw wrong(name, "a finite number");
        }
        return value;
    }
    std::vector<std::uint8_t> bytes(const char *name) const {
        return expect(name, "bytes", &json::is_binary).get_binary();
    }
    const json &object(const char *name) const { return expect(name, "an object", &json::is_object); }
    std::uint64_t whole(const char *name, std::uint64_t largest = std::numeric_limits<std::uint64_t>::max()) const {
        const auto value = expect(name, "a whole number from 0", &json::is_number_unsigned).get<std::uint64_t>();
        if (value > largest) {
            throw wrong(name, "at most " + std::to_string(largest));
        }
        return value;
    }
    std::uint32_t small(const char *name) const {
        return static_cast<std::uint32_t>(whole(name, std::numeric_limits<std::uint32_t>::max()));
    }
    std::vector<std::string> texts(const char *name) const {
        std::vector<std::string> list;
        for (const json &element : expect(name, "a list", &json::is_array)) {
            if (!element.is_string()) {
                throw wrong(name, "a list of texts");
            }
            list.push_back(element.get<std::string>());
        }
        return list;
    }
    ProtocolError wrong(const char *name, const std::string &expected) const {
        return ProtocolError(std::string("in the message \"") + type_ + "\", \"" + name + "\" must be " + expected);
    }

private:
    const json &expect(const char *name, const char *expected, bool (json::*is)() const noexcept) const {
        const json &part = any(name);
        if (!(part.*is)()) {
            throw wrong(name, expected);
        }
        return part;
    }

    const char *type_;
    const json &document_;
};

json parts_of(const Hello &hello) {
    const auto &settings = hello.settings;
    return {{"device", settings.device},         {"dtype", settings.dtype},
            {"threads", settings.threads},       {"memory_limit", settings.memory_limit},
            {"vae_tiling", settings.vae_tiling}, {"plugins", hello.plugins}};
}

void read(const Parts &parts, Hello &hello) {
    hello.settings = {parts.text("device"), parts.text("dtype"), parts.small("threads"), parts.text("memory_limit"),
                      parts.text("vae_tiling")};
    hello.plugins = parts.any("plugins");
}

json parts_of(const RunTask &run) {
    return {{"job_id", run.job_id}, {"task", encode_task(run.task)}};
}

void read(const Parts &parts, RunTask &run) {
    run.job_id = parts.text("job_id");
    run.task = decode_task(parts.object("task"));
}

json parts_of(const Cancel & /*cancel*/) {
    return json::object();
}

void read(const Parts & /*parts*/, Cancel & /*cancel*/) {}

json parts_of(const Phase &phase) {
    return {{"name", phase.name}, {"fraction", phase.fraction}, {"where", phase.where}};
}

void read(const Parts &parts, Phase &phase) {
    phase = {parts.text("name"), parts.number("fraction"), parts.text("where")};
}

json parts_of(const Loaded &loaded) {
    return {{"models", loaded.models}, {"fresh", loaded.fresh}};
}

void read(const Parts &parts, Loaded &loaded) {
    loaded = {parts.texts("models"), parts.flag("fresh")};
}

json parts_of(const Step &step) {
    return {
        {"image", step.image}, {"step", step.step}, {"steps", step.steps}, {"preview", json::binary(step.preview_png)}};
}

void read(const Parts &parts, Step &step) {
    step = {parts.small("image"), parts.small("step"), parts.small("steps"), parts.bytes("preview")};
}

json parts_of(const ImageDone &image) {
    return {{"image", image.image}, {"path", image.path},     {"seed", image.seed},
            {"width", image.width}, {"height", image.height}, {"metadata", image.metadata}};
}

void read(const Parts &parts, ImageDone &image) {
    image = {parts.small("image"), parts.text("path"),    parts.whole("seed"),
             parts.small("width"), parts.small("height"), parts.object("metadata")};
}

constexpr int least_level = 0, greatest_level = 255;

json parts_of(const Log &log) {
    return {{"level", std::clamp(log.level, least_level, greatest_level)}, {"line", log.line}};
}

void read(const Parts &parts, Log &log) {
    log = {static_cast<int>(parts.whole("level", greatest_level)), parts.text("line")};
}

constexpr std::array endings{std::pair{Ending::completed, "completed"}, std::pair{Ending::failed, "failed"},
                             std::pair{Ending::cancelled, "cancelled"}};

json parts_of(const Done &done) {
    const auto *const ending =
        std::find_if(endings.begin(), endings.end(), [&](const auto &each) { return each.first == done.ending; });
    return {{"kind", ending->second}, {"code", done.code}, {"error", done.error}};
}

void read(const Parts &parts, Done &done) {
    const std::string kind = parts.text("kind");
    const auto *const ending =
        std::find_if(endings.begin(), endings.end(), [&](const auto &each) { return each.second == kind; });
    if (ending == endings.end()) {
        throw parts.wrong("kind", "completed, failed or cancelled");
    }
    done = {ending->first, parts.text("code"), parts.text("error")};
}

template <class Message>
json encoded(const Message &message) {
    return std::visit(
        [](const auto &alternative) {
            json document = parts_of(alternative);
            document["type"] = alternative.type;
            return document;
        },
        message);
}

template <class Message, std::size_t Index = 0>
Message decoded(const std::string &type, const json &document) {
    if constexpr (Index == std::variant_size_v<Message>) {
        throw ProtocolError("there is no message " + base::quote(type) + " in this direction");
    } else {
        using Alternative = std::variant_alternative_t<Index, Message>;
        if (type != Alternative::type) {
            return decoded<Message, Index + 1>(type, document);
        }
        Alternative message;
        read(Parts(Alternative::type, document), message);
        return message;
    }
}

template <class Message>
Message decode(const json &document) {
    const auto type = document.is_object() ? document.find("type") : document.end();
    if (type == document.end() || !type->is_string()) {
        throw ProtocolError("a message does not say what it is");
    }
    return decoded<Message>(type->template get_ref<const std::string &>(), document);
}

template <class Message>
std::optional<Message> next(FrameReader &reader) {
    const auto document = reader.next();
    return document ? std::optional(decode<Message>(*document)) : std::nullopt;
}

} // namespace

json encode(const Order &order) {
    return encoded(order);
}

json encode(const Report &report) {
    return encoded(report);
}

Order decode_order(const json &document) {
    return decode<Order>(document);
}

Report decode_report(const json &document) {
    return decode<Report>(document);
}

void send(int fd, const Order &order, std::chrono::milliseconds limit) {
    send_frame(fd, encode(order), limit);
}

void send(int fd, const Report &report, std::chrono::milliseconds limit) {
    send_frame(fd, encode(report), limit);
}

std::optional<Order> next_order(FrameReader &reader) {
    return next<Order>(reader);
}

std::optional<Report> next_report(FrameReader &reader) {
    return next<Report>(reader);
}

} // namespace able::protocol
