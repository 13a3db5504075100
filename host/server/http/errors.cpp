#include "errors.h"

#include "host/config/logging.h"
#include "host/server/queue/store_error.h"

#include <spdlog/spdlog.h>

namespace able::http {
namespace {

int status_of(base::ErrorKind kind) {
    switch (kind) {
    case base::ErrorKind::invalid:
        return 400;
    case base::ErrorKind::too_large:
        return 413;
    case base::ErrorKind::not_found:
        return 404;
    case base::ErrorKind::conflict:
        return 409;
    case base::ErrorKind::queue_full:
        return 429;
    case base::ErrorKind::unreachable:
        return 502;
    }
    return 500;
}

} // namespace

ErrorReply to_reply(const HttpError &error) {
    return {error.status(), {{"error", {{"code", error.code()}, {"message", error.what()}}}}, error.headers()};
}

ErrorReply to_reply(const base::RequestError &error) {
    nlohmann::json body{{"code", error.code()}, {"message", error.what()}};
    if (!error.field().empty()) {
        body["field"] = error.field();
    }
    if (!error.allowed().empty()) {
        body["allowed"] = error.allowed();
    }
    HttpError::Headers headers;
    if (error.kind() == base::ErrorKind::queue_full) {
        headers.emplace_back("Retry-After", "10");
    }
    return {status_of(error.kind()), {{"error", std::move(body)}}, std::move(headers)};
}

ErrorReply to_reply(std::exception_ptr error) {
    try {
        std::rethrow_exception(std::move(error));
    } catch (const HttpError &http_error) {
        return to_reply(http_error);
    } catch (const base::RequestError &request_error) {
        return to_reply(request_error);
    } catch (const server::StoreError &store_error) {
        spdlog::error("event=store_error error={}", config::log_value(store_error.what()));
        return to_reply(HttpError(503, "storage_failed",
                                  "the job store cannot be read or written at the moment; the server's log says why",
                                  {{"Retry-After", "10"}}));
    } catch (const std::exception &other) {
        spdlog::error("event=internal_error error={}", config::log_value(other.what()));
    } catch (...) {
        spdlog::error("event=internal_error error=\"not an exception\"");
    }
    return to_reply(HttpError(500, "internal_error", "the server made a mistake; its log says more"));
}

} // namespace able::http
