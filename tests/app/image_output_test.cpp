#include "temporary_folder.h"

#include "host/app/image_output.h"
#include "host/base/request_error.h"

#include <catch2/catch.hpp>

#include <iterator>

namespace image_output_test {

using able::app::ImageOutput;
namespace fs = std::filesystem;

namespace {

std::string read(const fs::path &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// As the worker does.
fs::path make(const ImageOutput &output, int index) {
    const fs::path path = output.folder() / ("job-" + std::to_string(index) + ".png");
    std::ofstream(path) << "image " << index;
    return path;
}

std::size_t entries(const fs::path &folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

} // namespace

TEST_CASE("without a wish, images stay where the worker puts them: in the default folder") {
    const TemporaryFolder folder;
    const ImageOutput output("", folder.path() / "new/outputs", 1);
    CHECK(output.folder() == folder.path() / "new/outputs");
    const fs::path made = make(output, 0);
    CHECK(output.place(made, 0) == made);
    CHECK(fs::exists(made));
}

TEST_CASE("a folder is one that is there, or a name that ends with a slash") {
    const TemporaryFolder folder;
    CHECK(ImageOutput(folder.path().string(), "/unused", 1).folder() == folder.path());
    const ImageOutput made((folder.path() / "made").string() + "/", "/unused", 1);
    CHECK(fs::is_directory(folder.path() / "made"));
}

TEST_CASE("a file takes the image and replaces what was there, and nothing else is left behind") {
    const TemporaryFolder folder;
    const fs::path file = folder.write("sub/picture.png", "old");
    {
        const ImageOutput output(file.string(), "/unused", 1);
        CHECK(read(file) == "old");
        CHECK(output.place(make(output, 0), 0) == file);
        CHECK(read(file) == "image 0");
    }
    CHECK(entries(file.parent_path()) == 1);
}

TEST_CASE("a batch numbers its files") {
    const TemporaryFolder folder;
    {
        const ImageOutput output((folder.path() / "a.b.png").string(), "/unused", 2);
        CHECK(output.place(make(output, 0), 0) == folder.path() / "a.b-0.png");
        CHECK(output.place(make(output, 1), 1) == folder.path() / "a.b-1.png");
    }
    CHECK(read(folder.path() / "a.b-1.png") == "image 1");
    CHECK(entries(folder.path()) == 2);
}

TEST_CASE("a job that makes nothing leaves the old file alone") {
    const TemporaryFolder folder;
    const fs::path file = folder.write("picture.png", "old");
    { const ImageOutput output(file.string(), "/unused", 1); }
    CHECK(read(file) == "old");
    CHECK(entries(folder.path()) == 1);
}

TEST_CASE("files must be PNG by name") {
    const TemporaryFolder folder;
    CHECK_THROWS_AS(ImageOutput((folder.path() / "x.jpg").string(), "/unused", 1), able::base::RequestError);
    CHECK_THROWS_AS(ImageOutput((folder.path() / "x").string(), "/unused", 1), able::base::RequestError);
    CHECK(entries(folder.path()) == 0);
}

} // namespace image_output_test
