#include "plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace able::bench {

namespace {

constexpr int kColumns = 5;
constexpr double kWidth = 190, kHeight = 150; // of a panel, in pixels
constexpr double kLeft = 34, kTop = 22, kRight = 8, kBottom = 22, kLegend = 26;
constexpr double kMinSteps = 10, kMaxSteps = 2000, kMinError = 1e-8, kMaxError = 3;
constexpr std::array kColours{"#1b6ca8", "#d1495b", "#2e8b57", "#8d5fb8"};

double across(double steps) {
    return kLeft + (kWidth - kLeft - kRight) * std::log(steps / kMinSteps) / std::log(kMaxSteps / kMinSteps);
}

double down(double error) {
    const double part = std::log(kMaxError / std::clamp(error, kMinError, kMaxError)) / std::log(kMaxError / kMinError);
    return kTop + (kHeight - kTop - kBottom) * part;
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
        out += path({{steps, kMinError}, {steps, kMaxError}}, "stroke=\"#ddd\"");
        out += text(across(steps), kHeight - kBottom + 12, "middle", number(steps).substr(0, number(steps).find('.')));
    }
    for (const int power : {0, -2, -4, -6}) {
        const double error = std::pow(10.0, power);
        out += path({{kMinSteps, error}, {kMaxSteps, error}}, "stroke=\"#ddd\"");
        out += text(kLeft - 4, down(error) + 3, "end", power == 0 ? "1" : "1e" + std::to_string(power));
    }
    return out;
}

std::string draw(const Panel &panel) {
    std::string out = text(kWidth / 2, 14, "middle", panel.title + ": slope " + std::to_string(panel.order)) + axes();
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
                    std::string("stroke-width=\"1.5\" stroke=\"") + kColours.at(i % kColours.size()) + "\"");
    }
    return out;
}

} // namespace

std::string plot(const std::vector<Panel> &panels) {
    const auto rows = static_cast<int>((panels.size() + kColumns - 1) / kColumns);
    const std::string width = number(kColumns * kWidth), height = number(rows * kHeight + kLegend);
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
                      "\" viewBox=\"0 0 " + width + " " + height +
                      "\" font-family=\"sans-serif\" font-size=\"9\" fill=\"#222\">\n<rect width=\"100%\" "
                      "height=\"100%\" fill=\"#fff\"/>\n";
    for (std::size_t i = 0; i < panels.front().lines.size(); ++i) {
        const double x = 20 + 120.0 * static_cast<double>(i);
        out += "<path d=\"M" + number(x) + " 14h22\" stroke-width=\"2\" stroke=\"" + kColours.at(i % kColours.size()) +
               "\"/>\n" + text(x + 28, 17, "start", panels.front().lines[i].name);
    }
    out += text(kColumns * kWidth - 10, 17, "end", "error by steps; dashed: the slope in the title");
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const auto column = static_cast<double>(i % kColumns), row = static_cast<double>(i / kColumns);
        out += "<g transform=\"translate(" + number(column * kWidth) + " " + number(kLegend + row * kHeight) +
               ")\">\n" + draw(panels[i]) + "</g>\n";
    }
    return out + "</svg>\n";
}

} // namespace able::bench
