// What a worker says to the server, the server to a worker, and children answer: any bytes are a message or a
// ProtocolError, FrameError or MemberError.
#include "host/protocol/messages.h"
#include "host/base/request_error.h"
#include "host/base/strict_json.h"
#include "host/protocol/load_check.h"
#include "host/protocol/picture_texts.h"
#include "host/protocol/probe.h"
#include "host/protocol/token_count.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace {

using namespace able;

template <class Next>
void read_all(std::span<const std::uint8_t> bytes, std::uint32_t longest, Next next) {
    protocol::FrameReader reader(longest);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    std::array<std::uint8_t, 4> length{};
    for (std::size_t i = 0; i < length.size(); ++i) {
        length[i] = static_cast<std::uint8_t>(size >> (8 * i));
    }
    try {
        reader.add(length);
        reader.add(bytes);
        while (next(reader)) {
        }
    } catch (const protocol::FrameError &) {
    } catch (const protocol::ProtocolError &) {
    }
}

template <class Answer>
void read_answer(std::string_view text) {
    try {
        static_cast<void>(
            base::from_document<Answer>(base::parse_strict_json(text, {.max_depth = 16, .max_values = 1000}), "it"));
    } catch (const base::MemberError &) {
    } catch (const base::RequestError &) {
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    read_all(bytes, protocol::max_report, [](auto &reader) { return protocol::next_report(reader).has_value(); });
    read_all(bytes, protocol::max_frame, [](auto &reader) { return protocol::next_order(reader).has_value(); });
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    read_answer<protocol::ProbeAnswer>(text);
    read_answer<protocol::TokenAnswer>(text);
    read_answer<protocol::LoadVerdict>(text);
    read_answer<protocol::TextsAnswer>(text);
    return 0;
}
