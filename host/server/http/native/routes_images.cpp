#include "routes.h"
#include "views.h"

#include <fcntl.h>
#include <limits>
#include <regex>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace able::http {
namespace {

using nlohmann::json;

constexpr std::size_t max_page = 200;
constexpr std::size_t max_words = 20;

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

void serve_output(Exchange &exchange, const server::Engine &engine) {
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

// A point in time as a query gives it, so that it compares with recorded ones as text.
std::string query_time(const Exchange &exchange, std::string_view name) {
    const auto text = exchange.query_text(name);
    if (!text) {
        return {};
    }
    static const std::regex form(R"((\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(\.\d{3})?Z)?)");
    std::smatch match;
    if (!std::regex_match(*text, match, form)) {
        throw base::RequestError(base::ErrorKind::invalid, "invalid_value",
                                 std::string(name) + " must be a time in UTC such as 2026-01-31 or "
                                                     "2026-01-31T12:00:00.000Z",
                                 std::string(name));
    }
    if (match[2].length() == 0) {
        return *text + "T00:00:00.000Z";
    }
    return match[3].length() == 0 ? text->substr(0, text->size() - 1) + ".000Z" : *text;
}

std::vector<std::string> query_words(const Exchange &exchange) {
    std::vector<std::string> words;
    std::istringstream text(exchange.query_text("q").value_or(""));
    for (std::string word; text >> word;) {
        words.push_back(word);
    }
    if (words.size() > max_words) {
        throw base::RequestError(base::ErrorKind::invalid, "out_of_range",
                                 "q may have up to " + std::to_string(max_words) + " words", "q");
    }
    return words;
}

void list_images(Exchange &exchange, const server::Engine &engine) {
    exchange.allow_query({"limit", "offset", "q", "model", "sampler", "lora", "starred", "trashed", "since", "until"});
    const std::size_t limit = exchange.query_number("limit", 50, 1, max_page);
    const std::size_t offset = exchange.query_number("offset", 0, 0, std::numeric_limits<std::uint32_t>::max());
    server::ImageFilter filter;
    filter.words = query_words(exchange);
    filter.model = exchange.query_text("model");
    filter.sampler = exchange.query_text("sampler");
    filter.lora = exchange.query_text("lora");
    filter.starred = exchange.query_flag("starred");
    filter.trashed = exchange.query_flag("trashed");
    filter.since = query_time(exchange, "since");
    filter.until = query_time(exchange, "until");
    const server::ImagePage page = engine.images(filter, limit, offset);
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

bool wanted_star(const json &body) {
    const auto refuse = [](const char *code, const std::string &message, std::string field) {
        throw base::RequestError(base::ErrorKind::invalid, code, message, std::move(field), {"starred"});
    };
    if (!body.is_object()) {
        refuse("wrong_type", "send an object such as {\"starred\": true}", "");
    }
    for (const auto &[name, value] : body.items()) {
        if (name != "starred") {
            refuse("unknown_field", "unknown field \"" + name.substr(0, 100) + "\"", name);
        }
    }
    if (!body.contains("starred") || !body.at("starred").is_boolean()) {
        refuse(body.contains("starred") ? "wrong_type" : "missing_field", "starred must be true or false", "starred");
    }
    return body.at("starred").get<bool>();
}

} // namespace

void add_image_routes(std::vector<Route> &routes, server::Engine &engine) {
    routes.push_back({"GET",
                      "/api/v1/images",
                      "The images that fit the filters, newest first.",
                      {200, 400},
                      [&engine](Exchange &exchange) {
                          list_images(exchange, engine);
                      }});
    routes.push_back({"GET",
                      "/api/v1/images/facets",
                      "What the images were made with: the models, samplers and LoRAs to filter by.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, facets_view(engine.image_facets()));
                      }});
    routes.push_back({"GET",
                      "/api/v1/images/{id}",
                      "One image, with all that is needed to make it again.",
                      {200, 404},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, image_view(engine.image(exchange.parameter("id"))));
                      }});
    routes.push_back({"POST",
                      "/api/v1/images/{id}/star",
                      "Put a star on an image, or take it off.",
                      {200, 400, 404},
                      [&engine](Exchange &exchange) {
                          const bool starred = wanted_star(exchange.json_body());
                          engine.star_image(exchange.parameter("id"), starred);
                          exchange.reply(200, image_view(engine.image(exchange.parameter("id"))));
                      },
                      "StarRequest"});
    for (const bool trash : {true, false}) {
        routes.push_back(
            {"POST",
             trash ? "/api/v1/images/{id}/trash" : "/api/v1/images/{id}/restore",
             trash ? "Move an image to the trash, which is emptied after 30 days." : "Take an image out of the trash.",
             {200, 404},
             [&engine, trash](Exchange &exchange) {
                 exchange.expect_no_body();
                 const std::string &id = exchange.parameter("id");
                 trash ? engine.trash_image(id) : engine.restore_image(id);
                 exchange.reply(200, image_view(engine.image(id)));
             }});
    }
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
