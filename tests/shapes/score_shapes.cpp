// score_shapes PROMPTS.json FOLDER [TITLE]: hit rates of the pictures FOLDER/000.png, 001.png, … over the scenes in
// PROMPTS.json, as a row of a Markdown table; what is wrong with which picture goes to standard error.
#include "scorer.h"
#include "tally.h"

#include "host/images/decode.h"

#include <spdlog/fmt/fmt.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

using namespace able;

images::Image read_picture(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        throw std::runtime_error("cannot open " + file.string());
    }
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    return images::decode(std::as_bytes(std::span(bytes)));
}

std::string faults(const shapes::Score &score) {
    std::string text;
    for (std::size_t i = 0; i < score.size(); ++i) {
        if (!score[i]) {
            text += std::string(" ") + shapes::attributes[i];
        }
    }
    return text;
}

void run(const std::filesystem::path &prompts, const std::filesystem::path &folder, const std::string &title) {
    std::ifstream in(prompts);
    if (!in) {
        throw std::runtime_error("cannot open " + prompts.string());
    }
    shapes::Tally tally;
    const auto scenes = nlohmann::json::parse(in);
    for (std::size_t i = 0; i < scenes.size(); ++i) {
        const auto picture = shapes::look_at(read_picture(folder / fmt::format("{:03}.png", i)));
        const auto score = shapes::score(picture, shapes::scene_from_json(scenes[i]));
        tally.add(score);
        if (const auto text = faults(score); !text.empty()) {
            std::cerr << fmt::format("{:03} {}: wrong{}\n", i, scenes[i].at("prompt").get<std::string>(), text);
        }
    }
    std::cout << shapes::Tally::table_head() << tally.table_row(title);
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 3 && argc != 4) {
        std::cerr << "usage: score_shapes PROMPTS.json FOLDER [TITLE]\n";
        return 2;
    }
    try {
        run(argv[1], argv[2], argc == 4 ? argv[3] : argv[2]);
        return 0;
    } catch (const std::exception &error) {
        std::cerr << "score_shapes: " << error.what() << "\n";
        return 1;
    }
}
