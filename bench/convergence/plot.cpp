#include "plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace able::bench {

namespace {

constexpr int panel_columns = 5;
constexpr double panel_width = 190, panel_height = 150; // of a panel, in pixels
constexpr double left_margin = 34, top_margin = 22, right_margin = 8, bottom_margin = 22, legend_height = 26;
constexpr double fewest_steps = 10, most_steps = 2000, least_error = 1e-8, largest_error = 3;
constexpr std::array line_colours{"#1b6ca8", "#d1495b", "#2e8b57", "#8d5fb8"};

double across(double steps) {
    return left_margin + (panel_width - left_margin - right_margin) * std::log(steps / fewest_steps) /
                             std::log(most_steps / fewest_steps);
}

double down(double error) {
    const double part =
        std::log(largest_error / std::clamp(error, least_error, largest_error)) / std::log(largest_error / least_error);
    return top_margin + (panel_height - top_margin - bottom_margin) * part;
}

std::string number(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

std::string text(double x, double y, const std::string &anchor, const std::string &words) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" + words +
           "</text>\n";
}

std::string path(const std::vector<Point> &points, const std::string &style) {
    std::string data;
    for (const Point &point : points) {
        data += (data.empty() ? "M" : "L") + number(across(point.steps)) + " " + number(down(point.error));
    }
    return "<path d=\"" + data + "\" fill=\"none\" " + style + "/>\n";
}

std::string axes() {
    std::string out;
    for (const double steps : {12.0, 48.0, 192.0, 768.0}) {
        out += path({{steps, least_error}, {steps, largest_error}}, "stroke=\"#ddd\"");
        out += text(across(steps), panel_height - bottom_margin + 12, "middle",
                    number(steps).substr(0, number(steps).find('.')));
    }
    for (const int power : {0, -2, -4, -6}) {
        const double error = std::pow(10.0, power);
        out += path({{fewest_steps, error}, {most_steps, error}}, "stroke=\"#ddd\"");
        out += text(left_margin - 4, down(error) + 3, "end", power == 0 ? "1" : "1e" + std::to_string(power));
    }
    return out;
}

std::string draw(const Panel &panel) {
    std::string out =
        text(panel_width / 2, 14, "middle", panel.title + ": slope " + std::to_string(panel.order)) + axes();
    // The guide starts at the largest error of the last points, and goes back from there.
    double last = 0;
    for (const Line &line : panel.lines) {
        last = std::max(last, line.points.back().error);
    }
    const double end = panel.lines.front().points.back().steps, begin = end / 64;
    out += path({{begin, last * std::pow(64.0, panel.order) * 2}, {end, last * 2}},
                "stroke=\"#555\" stroke-dasharray=\"4 3\"");
    for (std::size_t i = 0; i < panel.lines.size(); ++i) {
        out += path(panel.lines[i].points,
                    std::string("stroke-width=\"1.5\" stroke=\"") + line_colours.at(i % line_colours.size()) + "\"");
    }
    return out;
}

} // namespace

std::string plot(const std::vector<Panel> &panels) {
    const auto rows = static_cast<int>((panels.size() + panel_columns - 1) / panel_columns);
    const std::string width = number(panel_columns * panel_width), height = number(rows * panel_height + legend_height);
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
                      "\" viewBox=\"0 0 " + width + " " + height +
                      "\" font-family=\"sans-serif\" font-size=\"9\" fill=\"#222\">\n<rect width=\"100%\" "
                      "height=\"100%\" fill=\"#fff\"/>\n";
    for (std::size_t i = 0; i < panels.front().lines.size(); ++i) {
        const double x = 20 + 120.0 * static_cast<double>(i);
        out += "<path d=\"M" + number(x) + " 14h22\" stroke-width=\"2\" stroke=\"" +
               line_colours.at(i % line_colours.size()) + "\"/>\n" +
               text(x + 28, 17, "start", panels.front().lines[i].name);
    }
    out += text(panel_columns * panel_width - 10, 17, "end", "error by steps; dashed: the slope in the title");
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const auto column = static_cast<double>(i % panel_columns), row = static_cast<double>(i / panel_columns);
        out += "<g transform=\"translate(" + number(column * panel_width) + " " +
               number(legend_height + row * panel_height) + ")\">\n" + draw(panels[i]) + "</g>\n";
    }
    return out + "</svg>\n";
}

} // namespace able::bench
