#include "logging.h"

#include "error.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace able::config {

namespace {

template <class Out>
void append_escaped(Out &out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    for (const char part : {'\\', 'x', digits[byte >> 4], digits[byte & 15]}) {
        out.push_back(part);
    }
}

// The message with control characters escaped: a prompt or a plugin's text must not forge lines or move the cursor.
class OneLineMessage final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg &message, const std::tm &, spdlog::memory_buf_t &out) override {
        for (const char c : message.payload) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte < 0x20 || byte == 0x7f) {
                append_escaped(out, c);
            } else {
                out.push_back(c);
            }
        }
    }
    std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<OneLineMessage>(); }
};

std::unique_ptr<spdlog::formatter> make_formatter() {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<OneLineMessage>('*').set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l %*");
    return formatter;
}

std::shared_ptr<spdlog::sinks::sink> file_sink(const Logging &logging) {
    if (logging.file.has_parent_path()) {
        std::error_code ignored; // opening the file says it better
        std::filesystem::create_directories(logging.file.parent_path(), ignored);
    }
    try {
        return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(logging.file.string(), logging.max_size,
                                                                      logging.max_backups);
    } catch (const spdlog::spdlog_ex &error) {
        throw ConfigError("logging.file: " + logging.file.string() + " cannot be written (" + error.what() +
                          "); check the folder's permissions or name another file");
    }
}

constexpr std::size_t lines_kept = 1000; // in memory, for those who look at the log over the API

std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> &recent_lines() {
    static std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink =
        std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(lines_kept);
    return sink;
}

} // namespace

void set_up_logging(const Logging &logging) {
    std::vector<spdlog::sink_ptr> sinks = {std::make_shared<spdlog::sinks::stderr_sink_mt>(), recent_lines()};
    if (!logging.file.empty()) {
        sinks.push_back(file_sink(logging));
    }
    auto logger = std::make_shared<spdlog::logger>("ablerefusal", sinks.begin(), sinks.end());
    logger->set_formatter(make_formatter());
    logger->set_level(spdlog::level::from_str(logging.level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

std::vector<std::string> recent_log(std::size_t most) {
    auto lines = recent_lines()->last_formatted(most);
    for (std::string &line : lines) {
        while (line.ends_with('\n') || line.ends_with('\r')) {
            line.pop_back();
        }
    }
    return lines;
}

std::string log_value(std::string_view text) {
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c > 0x20 && c != 0x7f && c != '"' && c != '=' && c != '\\';
    });
    if (plain) {
        return std::string(text);
    }
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f) {
            append_escaped(result, c);
            continue;
        }
        result += c;
    }
    return result + '"';
}

} // namespace able::config
