#include "routes.h"
#include "views.h"

#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>

namespace able::http {
namespace {

using nlohmann::json;

constexpr std::size_t max_page = 200;

HttpError no_such_output() {
    return {404, "not_found", "no image of this name was made here"};
}

// A file of the output folder. Its name says which image it is and its content never changes.
class OutputFile {
public:
    explicit OutputFile(const std::filesystem::path &path)
        : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
        struct stat status {};
        if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
            if (descriptor_ >= 0) {
                ::close(descriptor_);
            }
            throw no_such_output();
        }
        size_ = static_cast<std::uint64_t>(status.st_size);
    }
    ~OutputFile() { ::close(descriptor_); }
    OutputFile(const OutputFile &) = delete;
    OutputFile &operator=(const OutputFile &) = delete;

    std::uint64_t size() const { return size_; }
    std::string read() const {
        std::string bytes(size_, '\0');
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t count = ::read(descriptor_, bytes.data() + done, bytes.size() - done);
            if (count <= 0) {
                throw no_such_output();
            }
            done += static_cast<std::size_t>(count);
        }
        return bytes;
    }

private:
    int descriptor_;
    std::uint64_t size_ = 0;
};

void serve_output(Exchange &exchange, const jobs::Engine &engine) {
    const std::string &name = exchange.parameter("file");
    const auto path = engine.output_file(name);
    if (!path) {
        throw no_such_output();
    }
    const OutputFile file(*path);
    const std::string tag = "\"" + name + "-" + std::to_string(file.size()) + "\"";
    exchange.response().set("ETag", tag);
    exchange.response().set("Cache-Control", "private, max-age=31536000, immutable");
    exchange.response().set("Content-Disposition", "inline; filename=\"" + name + "\"");
    if (exchange.request().get("If-None-Match", "").find(tag) != std::string::npos) {
        return exchange.reply_empty(304);
    }
    exchange.reply(200, "image/png", file.read());
}

void list_images(Exchange &exchange, const jobs::Engine &engine) {
    exchange.allow_query({"limit", "offset"});
    const std::size_t limit = exchange.query_number("limit", 50, 1, max_page);
    const std::size_t offset = exchange.query_number("offset", 0, 0, std::numeric_limits<std::uint32_t>::max());
    const jobs::ImagePage page = engine.images(limit, offset);
    json list = json::array();
    for (const auto &image : page.images) {
        list.push_back(image_view(image));
    }
    exchange.reply(200, json{{"count", list.size()},
                             {"images", std::move(list)},
                             {"total", page.total},
                             {"limit", limit},
                             {"offset", offset}});
}

} // namespace

void add_image_routes(std::vector<Route> &routes, jobs::Engine &engine) {
    routes.push_back({"GET",
                      "/api/v1/images",
                      "The images, newest first; limit (1-200, default 50) and offset page.",
                      {200, 400},
                      [&engine](Exchange &exchange) {
                          list_images(exchange, engine);
                      }});
    routes.push_back({"GET",
                      "/api/v1/images/{id}",
                      "One image, with all that is needed to make it again.",
                      {200, 404},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, image_view(engine.image(exchange.parameter("id"))));
                      }});
    routes.push_back({"DELETE",
                      "/api/v1/images/{id}",
                      "Delete an image and its file.",
                      {200, 404, 409},
                      [&engine](Exchange &exchange) {
                          engine.delete_image(exchange.parameter("id"));
                          exchange.reply(200, json{{"id", exchange.parameter("id")}, {"deleted", true}});
                      }});
    routes.push_back({"GET",
                      "/api/v1/outputs/{file}",
                      "An image's file (image/png).",
                      {200, 304, 404},
                      [&engine](Exchange &exchange) {
                          serve_output(exchange, engine);
                      }});
}

} // namespace able::http
