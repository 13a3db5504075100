// A job's progress on standard error: a bar that is redrawn on a terminal, plain lines elsewhere. Ours, because the bar
// has to share the terminal with the log and say what a job does; no library that this program links has one.
#pragma once

#include "rate.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace able::app {

// What is going on, as the display shows it.
struct ProgressState {
    std::string phase;                   // "loading model"
    std::optional<double> fraction;      // of the phase, 0 to 1
    std::uint32_t image = 0, images = 1; // the image at work, from 0
    std::uint32_t step = 0, steps = 0;   // of this image; steps 0 = not sampling
    std::optional<double> per_second;    // steps
    std::optional<double> eta;           // seconds for the whole job's steps
};

// "image 2/3  [=====>    ]  5/20  2.31 it/s  eta 0:07", at most `width` columns.
std::string render_bar(const ProgressState &state, std::size_t width);
// "image 2/3 step 5/20 2.31 it/s eta 0:07".
std::string render_line(const ProgressState &state);

class Progress {
public:
    // `width` columns of a terminal, 0 = no terminal: plain lines.
    Progress(std::ostream &out, std::size_t width, std::uint32_t images);
    // Leaves the line empty.
    ~Progress();
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;

    void phase(const std::string &name, double fraction, Rate::Time now);
    void step(std::uint32_t image, std::uint32_t step, std::uint32_t steps, Rate::Time now);
    // What follows belongs to this image.
    void begin_image(std::uint32_t image);
    // Takes the bar away, so that other text can be printed; the next report draws it again.
    void clear();

private:
    void draw(Rate::Time now, bool always);

    std::ostream &out_;
    const std::size_t width_;
    ProgressState state_;
    Rate rate_;
    std::string last_line_;
    std::optional<Rate::Time> drawn_;
    bool visible_ = false;
};

} // namespace able::app
