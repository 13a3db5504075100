// Measures the samplers' orders of convergence: a Markdown table on standard output, and a plot.
//
//   build/bench/bin/bench_convergence PLOT.svg > TABLE.md
#include "measure.h"
#include "plot.h"

#include <cstdio>
#include <fstream>
#include <iostream>

using namespace able::bench;

namespace {

constexpr Prediction predictions[] = {Prediction::epsilon, Prediction::v};

std::string name(const Solver &solver) {
    std::string text = "`" + solver.id + "`";
    for (const auto &[key, value] : solver.params) {
        if (key == "eta" || key == "tau") {
            continue; // 0 in all of them: no noise
        }
        char number[32];
        std::snprintf(number, sizeof number, "%g", value);
        text += ", " + (key == "corrector_order" ? "corrector" : key) + " " + number;
    }
    return text;
}

void print_table(const Plugin &plugin) {
    std::cout << "| sampler | order |";
    for (const auto &schedule : schedules()) {
        for (const Prediction prediction : predictions) {
            std::cout << ' ' << schedule << ", " << to_string(prediction) << " |";
        }
    }
    std::cout << "\n|---|---|";
    for (std::size_t i = 0; i < 2 * schedules().size(); ++i) {
        std::cout << "---|";
    }
    std::cout << '\n';
    for (const Solver &solver : solvers()) {
        std::cout << "| " << name(solver) << " | " << solver.order << " |";
        for (const auto &schedule : schedules()) {
            for (const Prediction prediction : predictions) {
                std::printf(" %.2f |", measured_order(plugin, solver, schedule, prediction));
                std::fflush(stdout);
            }
        }
        std::cout << std::endl;
    }
}

std::vector<Panel> panels(const Plugin &plugin) {
    std::vector<Panel> all;
    for (const Solver &solver : solvers()) {
        Panel panel{name(solver), solver.order, {}};
        std::erase(panel.title, '`');
        for (const auto &schedule : schedules()) {
            Line line{schedule, {}};
            for (std::uint32_t steps = 12; steps <= fine_steps; steps *= 2) {
                line.points.push_back(
                    {static_cast<double>(steps), error_after(plugin, solver, schedule, Prediction::epsilon, steps)});
            }
            panel.lines.push_back(std::move(line));
        }
        all.push_back(std::move(panel));
    }
    return all;
}

} // namespace

int main(int argc, char **argv) {
    try {
        const Plugin plugin(ABLE_SAMPLERS_PLUGIN);
        std::setvbuf(stdout, nullptr, _IONBF, 0);
        print_table(plugin);
        if (argc > 1) {
            std::ofstream out(argv[1]);
            out << plot(panels(plugin));
            if (!out.flush()) {
                throw std::runtime_error(std::string("cannot write ") + argv[1]);
            }
        }
        return 0;
    } catch (const std::exception &error) {
        std::cerr << "bench_convergence: " << error.what() << '\n';
        return 1;
    }
}
