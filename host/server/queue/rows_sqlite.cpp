#include "rows_sqlite.h"

#include <Poco/Data/Statement.h>

namespace able::server {

using Poco::Data::Keywords::bind;
using Poco::Data::Keywords::now;

std::string to_text(const nlohmann::json &document) {
    return document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

const char *const result_columns =
    "results.image_id, results.job_id, results.image_index, results.file, results.seed, results.width, results.height, "
    "results.metadata, results.created_at AS result_created_at";

Result to_result(Poco::Data::RecordSet &row) {
    Result result;
    result.index = row.value("image_index").convert<std::uint32_t>();
    result.file = row.value("file").convert<std::string>();
    result.seed = row.value("seed").convert<std::uint64_t>();
    result.width = row.value("width").convert<std::uint32_t>();
    result.height = row.value("height").convert<std::uint32_t>();
    result.metadata = nlohmann::json::parse(row.value("metadata").convert<std::string>());
    result.created_at = row.value("result_created_at").convert<std::string>();
    return result;
}

void put_result(Poco::Data::Session &session, std::string_view job_id, const Result &result) {
    session << "INSERT OR REPLACE INTO results (image_id, job_id, image_index, file, seed, width, height, metadata, "
               "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        bind(image_id(result.file)), bind(std::string(job_id)), bind(result.index), bind(result.file),
        bind(static_cast<std::int64_t>(result.seed)), bind(result.width), bind(result.height),
        bind(to_text(result.metadata)), bind(result.created_at), now;
}

std::string image_id(const std::string &file) {
    return file.substr(0, file.rfind('.'));
}

} // namespace able::server
