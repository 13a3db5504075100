// Rows of the SQLite file as what they stand for.
#pragma once

#include "job.h"

#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Session.h>

#include <string>
#include <string_view>

namespace able::server {

// SQLite cuts text at NUL, so NUL and all else beyond ASCII is escaped.
std::string to_text(const nlohmann::json &document);

// What to_result() needs of the table `results`, and with it the image's and the job's ids.
extern const char *const result_columns;

// Of the record set's current row.
Result to_result(Poco::Data::RecordSet &row);

// Adds the row of a job's image, or replaces it.
void put_result(Poco::Data::Session &session, std::string_view job_id, const Result &result);

// The id of an image: its file's name without the extension.
std::string image_id(const std::string &file);

} // namespace able::server
