#include "gallery_store_sqlite.h"

#include "host/server/queue/rows_sqlite.h"

#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Statement.h>

namespace able::server {
namespace {

using nlohmann::json;
using namespace Poco::Data::Keywords;
using Poco::Data::RecordSet;
using Poco::Data::Session;
using Poco::Data::Statement;

constexpr const char *from_images =
    " FROM results LEFT JOIN image_marks AS marks ON marks.image_id = results.image_id ";
constexpr const char *newest_first = " ORDER BY results.created_at DESC, results.image_id DESC ";
constexpr const char *is_trashed = "COALESCE(marks.trashed_at, '') <> ''";

// A condition and the values for its question marks.
struct Condition {
    std::string text;
    std::vector<std::string> values;

    void require(const std::string &term, const std::string &value) {
        text += " AND " + term;
        values.push_back(value);
    }
    void bind_to(Statement &statement) const {
        for (const std::string &value : values) {
            statement, bind(value);
        }
    }
};

Condition condition_of(const ImageFilter &filter) {
    Condition condition{filter.trashed ? is_trashed : std::string("NOT ") + is_trashed, {}};
    for (const std::string &word : filter.words) {
        condition.require("instr(lower(json_extract(results.metadata, '$.prompt')), lower(?)) > 0", word);
    }
    if (filter.model) {
        condition.require("json_extract(results.metadata, '$.model.id') = ?", *filter.model);
    }
    if (filter.sampler) {
        condition.require("json_extract(results.metadata, '$.sampler.id') = ?", *filter.sampler);
    }
    if (filter.lora) {
        condition.require("EXISTS (SELECT 1 FROM json_each(results.metadata, '$.loras') WHERE json_extract(value, "
                          "'$.id') = ?)",
                          *filter.lora);
    }
    if (!filter.since.empty()) {
        condition.require("results.created_at >= ?", filter.since);
    }
    if (!filter.until.empty()) {
        condition.require("results.created_at < ?", filter.until);
    }
    if (filter.starred) {
        condition.text += " AND marks.starred = 1";
    }
    return condition;
}

std::vector<ImageRecord> select_images(Session &session, const std::string &rest, const Condition &condition) {
    Statement select(session);
    select << "SELECT " << result_columns
           << ", jobs.request, COALESCE(marks.starred, 0) AS starred, COALESCE(marks.trashed_at, '') AS trashed_at"
           << from_images << "JOIN jobs ON jobs.id = results.job_id WHERE " << rest;
    condition.bind_to(select);
    select.execute();
    RecordSet rows(select);
    std::vector<ImageRecord> images;
    for (bool more = rows.moveFirst(); more; more = rows.moveNext()) {
        ImageRecord &image = images.emplace_back();
        image.id = rows.value("image_id").convert<std::string>();
        image.job_id = rows.value("job_id").convert<std::string>();
        image.result = to_result(rows);
        image.request = json::parse(rows.value("request").convert<std::string>());
        image.starred = rows.value("starred").convert<int>() != 0;
        image.trashed_at = rows.value("trashed_at").convert<std::string>();
    }
    return images;
}

// `value` and the number of images for each of its values; `source` is what it is selected from.
std::vector<ImageFacets::Count> count_by(Session &session, const std::string &value, const std::string &source) {
    std::vector<std::string> ids;
    std::vector<std::int64_t> counts;
    session << "SELECT " + value + " AS id, COUNT(*) AS images" + source + " WHERE NOT " + is_trashed + " AND " +
                   value + " IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
        into(ids), into(counts), now;
    std::vector<ImageFacets::Count> result;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        result.push_back({ids[i], static_cast<std::size_t>(counts[i])});
    }
    return result;
}

bool has_image(Session &session, const std::string &id) {
    std::vector<std::string> ids;
    session << "SELECT image_id FROM results WHERE image_id = ?", into(ids), bind(id), now;
    return !ids.empty();
}

} // namespace

SqliteGalleryStore::SqliteGalleryStore(std::shared_ptr<SqliteStore> file) : connection_(std::move(file)) {}

ImagePage SqliteGalleryStore::images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const {
    return connection_->run("list the images", [&](Session &session) {
        const Condition condition = condition_of(filter);
        ImagePage page;
        Statement count(session);
        std::int64_t total = 0;
        count << "SELECT COUNT(*)" << from_images << "WHERE " << condition.text, into(total);
        condition.bind_to(count);
        count.execute();
        page.total = static_cast<std::size_t>(total);
        // First which ones, then their data: rows that are only skipped need not be read. By time, and among equals
        // (the precision is a millisecond) by name.
        page.images = select_images(session,
                                    std::string("results.rowid IN (SELECT results.rowid") + from_images + "WHERE " +
                                        condition.text + newest_first + "LIMIT " + std::to_string(limit) + " OFFSET " +
                                        std::to_string(offset) + ")" + newest_first,
                                    condition);
        return page;
    });
}

ImageFacets SqliteGalleryStore::image_facets() const {
    return connection_->run("count the images", [](Session &session) {
        ImageFacets facets;
        facets.models = count_by(session, "json_extract(results.metadata, '$.model.id')", from_images);
        facets.samplers = count_by(session, "json_extract(results.metadata, '$.sampler.id')", from_images);
        facets.loras = count_by(session, "json_extract(lora.value, '$.id')",
                                std::string(from_images) + "JOIN json_each(results.metadata, '$.loras') AS lora");
        return facets;
    });
}

std::optional<ImageRecord> SqliteGalleryStore::image(std::string_view id) const {
    return connection_->run("read an image's record", [&](Session &session) -> std::optional<ImageRecord> {
        auto images = select_images(session, "results.image_id = ?", {"", {std::string(id)}});
        if (images.empty()) {
            return std::nullopt;
        }
        return std::move(images.front());
    });
}

bool SqliteGalleryStore::has_file(std::string_view file) const {
    return connection_->run("look up an image", [&](Session &session) {
        std::vector<std::string> files;
        session << "SELECT file FROM results WHERE file = ?", into(files), bind(std::string(file)), now;
        return !files.empty();
    });
}

bool SqliteGalleryStore::star_image(std::string_view id, bool starred) {
    return connection_->write("mark an image", [&](Session &session) {
        if (!has_image(session, std::string(id))) {
            return false;
        }
        session << "INSERT INTO image_marks (image_id, starred) VALUES (?1, ?2) ON CONFLICT (image_id) DO UPDATE SET "
                   "starred = ?2",
            bind(std::string(id)), bind(starred ? 1 : 0), now;
        return true;
    });
}

bool SqliteGalleryStore::trash_image(std::string_view id, const std::string &trashed_at) {
    return connection_->write("move an image", [&](Session &session) {
        if (!has_image(session, std::string(id))) {
            return false;
        }
        session << "INSERT INTO image_marks (image_id, trashed_at) VALUES (?1, ?2) ON CONFLICT (image_id) DO UPDATE "
                   "SET trashed_at = ?2",
            bind(std::string(id)), bind(trashed_at), now;
        return true;
    });
}

bool SqliteGalleryStore::remove_image(std::string_view id) {
    return connection_->write("remove an image", [&](Session &session) {
        session << "DELETE FROM image_marks WHERE image_id = ?", bind(std::string(id)), now;
        Statement remove(session);
        remove << "DELETE FROM results WHERE image_id = ?", bind(std::string(id));
        return remove.execute() > 0;
    });
}

std::vector<std::string> SqliteGalleryStore::trashed_before(const std::string &time) const {
    return connection_->run("look into the trash", [&](Session &session) {
        std::vector<std::string> ids;
        session << "SELECT image_id FROM image_marks WHERE trashed_at <> '' AND trashed_at < ?", into(ids), bind(time),
            now;
        return ids;
    });
}

} // namespace able::server
