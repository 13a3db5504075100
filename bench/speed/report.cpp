#include "report.h"

#include <cstdio>

namespace able::bench {

namespace {

std::string number(const char *format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string name_of(Size size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::string ratio(const SizeReport &size, const Timed &work) {
    return work.operations > 0 && size.rates.best() > 0 ? number("%.2f", work.seconds / size.floor(work)) : "-";
}

std::string gflops(const Timed &work) {
    return work.operations > 0 ? number("%.0f", work.rate() * 1e-9) : "-";
}

nlohmann::json to_json(const SizeReport &size, const Timed &work, double first) {
    nlohmann::json out{{"seconds", work.seconds}, {"first_seconds", first}};
    if (work.operations > 0) {
        out["operations"] = work.operations;
        out["operations_a_second"] = work.rate();
        if (size.rates.best() > 0) {
            out["floor_seconds"] = size.floor(work);
            out["ratio_to_floor"] = work.seconds / size.floor(work);
        }
    }
    return out;
}

// Of the peer's entry for this size; null if it has none.
nlohmann::json entry_of(const nlohmann::json &peer, Size size) {
    for (const auto &entry : peer.value("sizes", nlohmann::json::array())) {
        if (entry.value("size", "") == name_of(size)) {
            return entry;
        }
    }
    return nullptr;
}

void print_row(std::ostream &out, const SizeReport &size, const char *what, const Timed &work, double first,
               const char *peer_key, const std::vector<nlohmann::json> &peers) {
    out << "| " << name_of(size.size) << " | " << what << " | " << number("%.3f", work.seconds) << " | "
        << number("%.2f", first / work.seconds) << " | " << gflops(work) << " | " << ratio(size, work) << " |";
    for (const auto &peer : peers) {
        const auto entry = entry_of(peer, size.size);
        const double theirs = entry.is_object() ? entry.value(peer_key, 0.0) : 0.0;
        out << ' ' << (theirs > 0 ? number("%.3f", theirs) + " (" + number("%.2fx", theirs / work.seconds) + ")" : "-")
            << " |";
    }
    out << '\n';
}

} // namespace

void print_table(std::ostream &out, const Report &report, const std::vector<nlohmann::json> &peers) {
    out << "`" << report.model << "`, " << report.pipeline << ", " << report.device << ", " << report.dtype << ", "
        << report.threads << " threads: loaded in " << number("%.1f", report.load) << " s, two prompts encoded in "
        << number("%.3f", report.text) << " s; resident when loaded " << number("%.2f", report.resident_loaded)
        << " GiB, at the peak of the work " << number("%.2f", report.peak) << " GiB.\n\n";
    out << "| size | | seconds | first / later | GFLOPS | x floor |";
    for (const auto &peer : peers) {
        out << ' ' << peer.value("name", "peer") << ", seconds |";
    }
    out << "\n|---|---|---|---|---|---|";
    for (std::size_t i = 0; i < peers.size(); ++i) {
        out << "---|";
    }
    out << '\n';
    for (const SizeReport &size : report.sizes) {
        print_row(out, size, "a guided step", size.step, size.first_step, "step", peers);
        if (size.reused.seconds > 0) {
            const auto what = "a guided step above branch " + std::to_string(report.branch);
            print_row(out, size, what.c_str(), size.reused, size.reused.seconds, "", peers);
        }
        print_row(out, size, "decoding", size.decode, size.first_decode, "decode", peers);
    }
    for (const SizeReport &size : report.sizes) {
        if (size.rates.best() > 0) {
            out << "\nFloor at " << name_of(size.size) << ": convolution "
                << number("%.0f", size.rates.convolution * 1e-9) << " GFLOPS, matrix product "
                << number("%.0f", size.rates.product * 1e-9) << " GFLOPS.";
        }
    }
    out << '\n';
}

nlohmann::json to_json(const Report &report, const std::vector<nlohmann::json> &peers) {
    nlohmann::json out{{"model", report.model},
                       {"pipeline", report.pipeline},
                       {"device", report.device},
                       {"dtype", report.dtype},
                       {"threads", report.threads},
                       {"steps", report.steps},
                       {"load_seconds", report.load},
                       {"text_seconds", report.text},
                       {"resident_loaded_gib", report.resident_loaded},
                       {"peak_gib", report.peak},
                       {"sizes", nlohmann::json::array()},
                       {"peers", peers}};
    for (const SizeReport &size : report.sizes) {
        out["sizes"].push_back(
            {{"size", name_of(size.size)},
             {"step", to_json(size, size.step, size.first_step)},
             {"decode", to_json(size, size.decode, size.first_decode)},
             {"total_seconds", report.text + report.steps * size.step.seconds + size.decode.seconds},
             {"floor", {{"convolution", size.rates.convolution}, {"matrix_product", size.rates.product}}}});
        if (size.reused.seconds > 0) {
            out["sizes"].back()["reused_step"] = to_json(size, size.reused, size.reused.seconds);
            out["sizes"].back()["reused_step"]["branch"] = report.branch;
        }
    }
    return out;
}

} // namespace able::bench
