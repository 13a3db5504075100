#include "host/server/requests/refusal.h"
#include "routes.h"
#include "views.h"

#include <fcntl.h>
#include <regex>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace able::http {
namespace {

using nlohmann::json;

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

void serve_output(Exchange &exchange, const server::Gallery &gallery) {
    const std::string &name = exchange.parameter("file");
    const auto path = gallery.output_file(name);
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

void list_images(Exchange &exchange, const server::Gallery &gallery) {
    exchange.check_query();
    const std::size_t limit = exchange.query_number("limit");
    const std::size_t offset = exchange.query_number("offset");
    server::ImageFilter filter;
    filter.words = query_words(exchange);
    filter.model = exchange.query_text("model");
    filter.sampler = exchange.query_text("sampler");
    filter.lora = exchange.query_text("lora");
    filter.starred = exchange.query_flag("starred");
    filter.trashed = exchange.query_flag("trashed");
    filter.since = query_time(exchange, "since");
    filter.until = query_time(exchange, "until");
    const server::ImagePage page = gallery.images(filter, limit, offset);
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
    if (!body.is_object()) {
        server::refuse("wrong_type", "", "send an object such as {\"starred\": true}", {"starred"});
    }
    for (const auto &[name, value] : body.items()) {
        if (name != "starred") {
            server::refuse("unknown_field", name, "unknown field \"" + name.substr(0, 100) + "\"", {"starred"});
        }
    }
    if (!body.contains("starred") || !body.at("starred").is_boolean()) {
        server::refuse(body.contains("starred") ? "wrong_type" : "missing_field", "starred",
                       "starred must be true or false", {"starred"});
    }
    return body.at("starred").get<bool>();
}

std::vector<Parameter> filter_parameters() {
    const nlohmann::json flag{{"type", "boolean"}};
    return {{"q", "Words that the prompt contains, all of them, in any order and case."},
            {"model", "Id of the model."},
            {"sampler", "Id of the sampler."},
            {"lora", "Id of a LoRA that was applied."},
            {"starred", "true: only images with a star.", flag},
            {"trashed", "true: the images in the trash; otherwise those that are not.", flag},
            {"since", "Made at this time or later: a day or a time in UTC, such as 2026-01-31T12:00:00.000Z."},
            {"until", "Made before this time."},
            limit_parameter("Images", 200, 50),
            offset_parameter("Images")};
}

Route trash_route(bool trash, server::Gallery &gallery) {
    return {.method = "POST",
            .path = trash ? "/api/v1/images/{id}/trash" : "/api/v1/images/{id}/restore",
            .id = trash ? "trashImage" : "restoreImage",
            .tag = "images",
            .summary = trash ? "Move an image to the trash, which is emptied after 30 days."
                             : "Take an image out of the trash.",
            .handle =
                [&gallery, trash](Exchange &exchange) {
                    exchange.expect_no_body();
                    const std::string &id = exchange.parameter("id");
                    trash ? gallery.trash(id) : gallery.restore(id);
                    exchange.reply(200, image_view(gallery.image(id)));
                },
            .replies = {{200, "Image"}, {404}}};
}

} // namespace

void add_image_routes(std::vector<Route> &routes, server::Gallery &gallery) {
    routes.push_back({.method = "GET",
                      .path = "/api/v1/images",
                      .id = "listImages",
                      .tag = "images",
                      .summary = "The images that fit the filters, newest first.",
                      .handle = [&gallery](Exchange &exchange) { list_images(exchange, gallery); },
                      .replies = {{200, "ImagePage"}, {400}},
                      .parameters = filter_parameters()});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/images/facets",
                      .id = "getImageFacets",
                      .tag = "images",
                      .summary = "What the images were made with: the models, samplers and LoRAs to filter by.",
                      .handle =
                          [&gallery](Exchange &exchange) {
                              exchange.check_query();
                              exchange.reply(200, facets_view(gallery.facets()));
                          },
                      .replies = {{200, "ImageFacets"}}});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/images/{id}",
                      .id = "getImage",
                      .tag = "images",
                      .summary = "One image, with all that is needed to make it again.",
                      .handle =
                          [&gallery](Exchange &exchange) {
                              exchange.check_query();
                              exchange.reply(200, image_view(gallery.image(exchange.parameter("id"))));
                          },
                      .replies = {{200, "Image"}, {404}}});
    routes.push_back({.method = "POST",
                      .path = "/api/v1/images/{id}/star",
                      .id = "starImage",
                      .tag = "images",
                      .summary = "Put a star on an image, or take it off.",
                      .handle =
                          [&gallery](Exchange &exchange) {
                              const bool starred = wanted_star(exchange.json_body());
                              gallery.star(exchange.parameter("id"), starred);
                              exchange.reply(200, image_view(gallery.image(exchange.parameter("id"))));
                          },
                      .replies = {{200, "Image"}, {400}, {404}},
                      .request = "StarRequest"});
    routes.push_back(trash_route(true, gallery));
    routes.push_back(trash_route(false, gallery));
    routes.push_back({.method = "DELETE",
                      .path = "/api/v1/images/{id}",
                      .id = "deleteImage",
                      .tag = "images",
                      .summary = "Delete an image and its file.",
                      .handle =
                          [&gallery](Exchange &exchange) {
                              gallery.remove(exchange.parameter("id"));
                              exchange.reply(200, json{{"id", exchange.parameter("id")}, {"deleted", true}});
                          },
                      .replies = {{200, "Deleted"}, {404}, {409}}});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/outputs/{file}",
                      .id = "getOutput",
                      .tag = "images",
                      .summary = "An image's file (image/png).",
                      .handle = [&gallery](Exchange &exchange) { serve_output(exchange, gallery); },
                      .replies = {{200, "", "image/png"}, {304}, {404}},
                      .parameters = {if_none_match_parameter()}});
}

} // namespace able::http
