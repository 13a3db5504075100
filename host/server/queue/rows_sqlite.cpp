#include "rows_sqlite.h"

namespace able::server {

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

std::string image_id(const std::string &file) {
    return file.substr(0, file.rfind('.'));
}

} // namespace able::server
