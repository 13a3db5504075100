// Rows of the SQLite file as what they stand for.
#pragma once

#include "job.h"

#include <Poco/Data/RecordSet.h>

#include <string>

namespace able::server {

// What to_result() needs of the table `results`, and with it the image's and the job's ids.
inline constexpr const char *result_columns =
    "results.image_id, results.job_id, results.image_index, results.file, results.seed, results.width, results.height, "
    "results.metadata, results.created_at AS result_created_at";

// Of the record set's current row.
Result to_result(Poco::Data::RecordSet &row);

// The id of an image: its file's name without the extension.
std::string image_id(const std::string &file);

} // namespace able::server
