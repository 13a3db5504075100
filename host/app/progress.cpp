#include "progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace able::app {

namespace {

constexpr std::size_t longest_bar = 40;
constexpr std::size_t shortest_bar = 6;
constexpr auto redraw_interval = std::chrono::milliseconds(100);

// "0:07", "12:30", "1:02:03".
std::string clock_text(double seconds) {
    const auto total = static_cast<long long>(std::ceil(std::min(seconds, 359999.0)));
    char buffer[32];
    if (total >= 3600) {
        std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld", total / 3600, total / 60 % 60, total % 60);
        return buffer;
    }
    std::snprintf(buffer, sizeof buffer, "%lld:%02lld", total / 60, total % 60);
    return buffer;
}

// Slow work reads better the other way round.
std::string rate_text(double per_second) {
    char buffer[32];
    if (per_second < 1) {
        std::snprintf(buffer, sizeof buffer, "%.2f s/it", 1 / per_second);
        return buffer;
    }
    std::snprintf(buffer, sizeof buffer, "%.2f it/s", per_second);
    return buffer;
}

std::string percent_text(double fraction) {
    return std::to_string(static_cast<int>(std::floor(std::clamp(fraction, 0.0, 1.0) * 100))) + "%";
}

std::string image_text(const ProgressState &state) {
    if (state.images < 2) {
        return {};
    }
    return "image " + std::to_string(state.image + 1) + "/" + std::to_string(state.images);
}

std::string join(std::initializer_list<std::string> parts, const std::string &separator) {
    std::string text;
    for (const std::string &part : parts) {
        if (!part.empty()) {
            text += (text.empty() ? "" : separator) + part;
        }
    }
    return text;
}

std::string bar_text(double fraction, std::size_t length) {
    const auto filled =
        static_cast<std::size_t>(std::floor(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(length)));
    std::string bar(filled, '=');
    if (filled < length) {
        bar += '>';
        bar.append(length - filled - 1, ' ');
    }
    return "[" + bar + "]";
}

} // namespace

std::string render_bar(const ProgressState &state, std::size_t width) {
    const std::string image = image_text(state);
    if (state.steps == 0) {
        const std::string percent = state.fraction ? percent_text(*state.fraction) : std::string();
        return join({image, join({state.phase, percent}, " ")}, "  ").substr(0, width);
    }
    const std::string count = std::to_string(state.step) + "/" + std::to_string(state.steps);
    const std::string rate = state.per_second ? rate_text(*state.per_second) : std::string();
    const std::string eta = state.eta ? "eta " + clock_text(*state.eta) : std::string();
    const std::string text = join({count, rate, eta}, "  ");
    const std::size_t others = join({image, "[]", text}, "  ").size();
    if (others + shortest_bar > width) {
        return join({image, text}, "  ").substr(0, width);
    }
    const double fraction = static_cast<double>(state.step) / state.steps;
    return join({image, bar_text(fraction, std::min(longest_bar, width - others)), text}, "  ");
}

std::string render_line(const ProgressState &state) {
    if (state.steps == 0) {
        return join({image_text(state), state.phase}, " ");
    }
    return join({image_text(state), "step " + std::to_string(state.step) + "/" + std::to_string(state.steps),
                 state.per_second ? rate_text(*state.per_second) : std::string(),
                 state.eta ? "eta " + clock_text(*state.eta) : std::string()},
                " ");
}

Progress::Progress(std::ostream &out, std::size_t width, std::uint32_t images) : out_(out), width_(width) {
    state_.images = images;
}

Progress::~Progress() {
    clear();
}

void Progress::phase(const std::string &name, double fraction, Rate::Time now) {
    const bool same = state_.phase == name && state_.steps == 0;
    state_.phase = name;
    state_.fraction = fraction > 0 ? std::optional(fraction) : std::nullopt;
    state_.step = 0;
    state_.steps = 0;
    rate_.begin(now);
    draw(now, !same);
}

void Progress::step(std::uint32_t image, std::uint32_t step, std::uint32_t steps, Rate::Time now) {
    rate_.step(now);
    state_.image = image;
    state_.step = step;
    state_.steps = steps;
    state_.per_second = rate_.per_second();
    const std::uint64_t this_image = steps - std::min(step, steps);
    const std::uint64_t later_images = state_.images - std::min(image + 1, state_.images);
    state_.eta = rate_.seconds_for(this_image + later_images * steps);
    draw(now, step == steps);
}

void Progress::begin_image(std::uint32_t image) {
    state_.image = std::min(image, state_.images - 1);
}

void Progress::clear() {
    if (visible_) {
        out_ << "\r\x1b[K" << std::flush;
        visible_ = false;
    }
}

void Progress::draw(Rate::Time now, bool always) {
    if (width_ == 0) {
        const std::string line = render_line(state_);
        if (line != last_line_) {
            out_ << line << std::endl;
            last_line_ = line;
        }
        return;
    }
    if (!always && visible_ && drawn_ && now - *drawn_ < redraw_interval) {
        return;
    }
    // One column less: a full last column makes some terminals wrap.
    out_ << '\r' << render_bar(state_, width_ - 1) << "\x1b[K" << std::flush;
    drawn_ = now;
    visible_ = true;
}

} // namespace able::app
