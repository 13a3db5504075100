#include "report.h"

#include <cstdio>
#include <functional>

namespace able::bench {

namespace {

std::string number(const char *format, double value) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

// In seconds; 0 where it is not known.
double floor_of(const Timed &work, const Rates &rates) {
    return rates.best() > 0 ? work.operations / rates.best() : 0;
}

std::string ratio(const Timed &work, const Rates &rates) {
    const double floor = floor_of(work, rates);
    return floor > 0 ? number("%.2f", work.seconds / floor) : "-";
}

std::string gflops(const Timed &work) {
    return work.operations > 0 ? number("%.0f", work.rate() * 1e-9) : "-";
}

nlohmann::json to_json(const Timed &work, const Rates &rates) {
    nlohmann::json out{{"seconds", work.seconds}};
    if (work.operations > 0) {
        out["operations"] = work.operations;
        out["operations_a_second"] = work.rate();
        if (const double floor = floor_of(work, rates); floor > 0) {
            out["floor_seconds"] = floor;
            out["ratio_to_floor"] = work.seconds / floor;
        }
    }
    return out;
}

nlohmann::json to_json(const Timed &work, const Rates &rates, double first) {
    auto out = to_json(work, rates);
    out["first_seconds"] = first;
    return out;
}

// Of the peer's entry for this size; null if it has none.
nlohmann::json entry_of(const nlohmann::json &peer, Size size) {
    for (const auto &entry : peer.value("sizes", nlohmann::json::array())) {
        if (entry.value("size", "") == to_string(size)) {
            return entry;
        }
    }
    return nullptr;
}

// What a peer took for something, in seconds; 0 where it did not do it.
using PeerSeconds = std::function<double(const nlohmann::json &peer)>;

PeerSeconds peer_seconds(Size size, const char *key) {
    return [size, key](const nlohmann::json &peer) {
        const auto entry = entry_of(peer, size);
        return entry.is_object() ? entry.value(key, 0.0) : 0.0;
    };
}

// A whole picture, by the times of its parts.
PeerSeconds peer_picture(Size size, std::uint32_t steps) {
    return [size, steps](const nlohmann::json &peer) {
        const double step = peer_seconds(size, "step")(peer);
        return step > 0 ? peer.value("text", 0.0) + steps * step + peer_seconds(size, "decode")(peer) : 0.0;
    };
}

void print_row(std::ostream &out, Size size, const std::string &what, const Timed &work, double first,
               const Rates &rates, const std::vector<nlohmann::json> &peers, const PeerSeconds &seconds) {
    out << "| " << to_string(size) << " | " << what << " | " << number("%.3f", work.seconds) << " | "
        << (first > 0 ? number("%.2f", first / work.seconds) : "-") << " | " << gflops(work) << " | "
        << ratio(work, rates) << " |";
    for (const auto &peer : peers) {
        const double theirs = seconds(peer);
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
        print_row(out, size.size, "a guided step", size.step, size.first_step, size.rates, peers,
                  peer_seconds(size.size, "step"));
        if (size.reused.seconds > 0) {
            print_row(out, size.size, "a guided step above branch " + std::to_string(report.branch), size.reused, 0,
                      size.rates, peers, [](const nlohmann::json &) { return 0.0; });
        }
        print_row(out, size.size, "decoding", size.decode, size.first_decode, size.rates, peers,
                  peer_seconds(size.size, "decode"));
        if (const PictureReport &picture = size.picture; picture.steps > 0) {
            print_row(out, size.size, std::to_string(picture.steps) + " steps over REST", picture.work, 0,
                      picture.rates, peers, peer_picture(size.size, picture.steps));
        }
    }
    for (const SizeReport &size : report.sizes) {
        if (size.rates.best() > 0) {
            out << "\nFloor at " << to_string(size.size) << ": convolution "
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
        nlohmann::json entry{
            {"size", to_string(size.size)},
            {"step", to_json(size.step, size.rates, size.first_step)},
            {"decode", to_json(size.decode, size.rates, size.first_decode)},
            {"total_seconds", report.text + report.steps * size.step.seconds + size.decode.seconds},
            {"floor", {{"convolution", size.rates.convolution}, {"matrix_product", size.rates.product}}}};
        if (size.reused.seconds > 0) {
            entry["reused_step"] = to_json(size.reused, size.rates);
            entry["reused_step"]["branch"] = report.branch;
        }
        if (size.picture.steps > 0) {
            entry["picture"] = to_json(size.picture.work, size.picture.rates);
            entry["picture"]["steps"] = size.picture.steps;
        }
        out["sizes"].push_back(std::move(entry));
    }
    return out;
}

} // namespace able::bench
