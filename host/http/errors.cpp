#include "errors.h"

#include "host/config/logging.h"

#include <spdlog/spdlog.h>

namespace able::http {
namespace {

int status_of(jobs::ErrorKind kind) {
    switch (kind) {
    case jobs::ErrorKind::invalid:
        return 400;
    case jobs::ErrorKind::too_large:
        return 413;
    case jobs::ErrorKind::not_found:
        return 404;
    case jobs::ErrorKind::conflict:
        return 409;
    case jobs::ErrorKind::queue_full:
        return 429;
    case jobs::ErrorKind::unreachable:
        return 502;
    }
    return 500;
}

} // namespace

ErrorReply to_reply(const HttpError &error) {
    return {error.status(), {{"error", {{"code", error.code()}, {"message", error.what()}}}}, error.headers()};
}

ErrorReply to_reply(const jobs::RequestError &error) {
    nlohmann::json body{{"code", error.code()}, {"message", error.what()}};
    if (!error.field().empty()) {
        body["field"] = error.field();
    }
    if (!error.allowed().empty()) {
        body["allowed"] = error.allowed();
    }
    HttpError::Headers headers;
    if (error.kind() == jobs::ErrorKind::queue_full) {
        headers.emplace_back("Retry-After", "10");
    }
    return {status_of(error.kind()), {{"error", std::move(body)}}, std::move(headers)};
}

ErrorReply to_reply(std::exception_ptr error) {
    try {
        std::rethrow_exception(std::move(error));
    } catch (const HttpError &http_error) {
        return to_reply(http_error);
    } catch (const jobs::RequestError &request_error) {
        return to_reply(request_error);
    } catch (const jobs::StoreError &store_error) {
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
