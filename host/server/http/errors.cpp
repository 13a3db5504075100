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

Problem problem_of_request(const base::RequestError &error) {
    Problem problem{status_of(error.kind()), error.code(), error.what(), error.field(), error.allowed(), {}};
    if (error.kind() == base::ErrorKind::queue_full) {
        problem.headers.emplace_back("Retry-After", "10");
    }
    return problem;
}

} // namespace

Problem problem_of(std::exception_ptr error) {
    try {
        std::rethrow_exception(std::move(error));
    } catch (const HttpError &http_error) {
        return {http_error.status(), http_error.code(), http_error.what(), {}, {}, http_error.headers()};
    } catch (const base::RequestError &request_error) {
        return problem_of_request(request_error);
    } catch (const server::StoreError &store_error) {
        spdlog::error("event=store_error error={}", config::log_value(store_error.what()));
        return {503,
                "storage_failed",
                "the job store cannot be read or written at the moment; the server's log says why",
                {},
                {},
                {{"Retry-After", "10"}}};
    } catch (const std::exception &other) {
        spdlog::error("event=internal_error error={}", config::log_value(other.what()));
    } catch (...) {
        spdlog::error("event=internal_error error=\"not an exception\"");
    }
    return {500, "internal_error", "the server made a mistake; its log says more"};
}

} // namespace able::http
