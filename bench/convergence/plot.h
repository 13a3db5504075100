// Log-log plots as SVG, one panel beside the other.
#pragma once

#include <string>
#include <vector>

namespace able::bench {

struct Point {
    double steps, error;
};

struct Line {
    std::string name;
    std::vector<Point> points;
};

struct Panel {
    std::string title;
    int order; // the slope of the dashed guide
    std::vector<Line> lines;
};

// The same panels give the same bytes.
std::string plot(const std::vector<Panel> &panels);

} // namespace able::bench
