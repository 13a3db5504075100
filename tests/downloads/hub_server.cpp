#include "hub_server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/URI.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace fakes {
namespace {

using Poco::Net::HTTPResponse;
using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

std::string hex_digest(const EVP_MD *algorithm, const std::string &text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, algorithm, nullptr);
    std::string hex;
    for (unsigned i = 0; i < length; ++i) {
        std::array<char, 3> two{};
        std::snprintf(two.data(), two.size(), "%02x", digest[i]);
        hex += two.data();
    }
    return hex;
}

std::string hash_of(const HubFile &file) {
    return file.large ? sha256(file.content) : git_hash(file.content);
}

class Handler : public Poco::Net::HTTPRequestHandler {
public:
    Handler(Hub &hub, bool at_store) : hub_(hub), at_store_(at_store) {}

    void handleRequest(HTTPServerRequest &request, HTTPServerResponse &response) override {
        const std::string path = Poco::URI(request.getURI()).getPath();
        hub_.record({at_store_, request.getURI(), request.get("Authorization", ""), request.get("Range", "")});
        response.setKeepAlive(false);
        if (at_store_) {
            return store(request, response, path);
        }
        if (!hub_.wanted_token.empty() && request.get("Authorization", "") != "Bearer " + hub_.wanted_token) {
            return empty(response, HTTPResponse::HTTP_UNAUTHORIZED);
        }
        if (path == "/api/models/" + hub_.repo + "/revision/main" ||
            path == "/api/models/" + hub_.repo + "/revision/" + hub_.commit) {
            return list(response);
        }
        const std::string prefix = "/" + hub_.repo + "/resolve/" + hub_.commit + "/";
        const auto file = hub_.files.find(path.starts_with(prefix) ? path.substr(prefix.size()) : "");
        if (file == hub_.files.end()) {
            return empty(response, HTTPResponse::HTTP_NOT_FOUND);
        }
        if (!file->second.large) {
            response.set("ETag", "\"" + hash_of(file->second) + "\"");
            return send(request, response, file->second);
        }
        response.set("X-Linked-Etag", "\"" + hash_of(file->second) + "\"");
        response.set("X-Linked-Size", std::to_string(file->second.content.size()));
        response.set("X-Repo-Commit", hub_.commit);
        response.set("Location", hub_.redirect_to.empty()
                                     ? hub_.store_url() + "/" + hash_of(file->second) + "?signature=secret%2Fsignature"
                                     : hub_.redirect_to);
        empty(response, HTTPResponse::HTTP_FOUND);
    }

private:
    static void empty(HTTPServerResponse &response, HTTPResponse::HTTPStatus status) {
        response.setStatusAndReason(status);
        response.setContentLength(0);
        response.send();
    }

    void list(HTTPServerResponse &response) {
        nlohmann::json siblings = hub_.extra_siblings;
        for (const auto &[name, file] : hub_.files) {
            nlohmann::json sibling{
                {"rfilename", name}, {"size", file.content.size()}, {"blobId", git_hash(file.content)}};
            if (file.large) {
                sibling["lfs"] = {{"sha256", hash_of(file)}, {"size", file.content.size()}, {"pointerSize", 134}};
            }
            siblings.push_back(std::move(sibling));
        }
        const std::string body =
            nlohmann::json{{"id", hub_.repo}, {"sha", hub_.commit}, {"private", false}, {"siblings", siblings}}.dump();
        response.setContentType("application/json; charset=utf-8");
        response.sendBuffer(body.data(), body.size());
    }

    void store(HTTPServerRequest &request, HTTPServerResponse &response, const std::string &path) {
        for (const auto &[name, file] : hub_.files) {
            if (file.large && path == "/" + hash_of(file) &&
                request.getURI().ends_with("?signature=secret%2Fsignature")) {
                return send(request, response, file);
            }
        }
        empty(response, HTTPResponse::HTTP_FORBIDDEN);
    }

    void send(HTTPServerRequest &request, HTTPServerResponse &response, const HubFile &file) {
        const std::string &content = file.sent.empty() ? file.content : file.sent;
        std::size_t from = 0;
        const std::string range = request.get("Range", "");
        if (range.starts_with("bytes=") && !hub_.ignore_ranges) {
            from = std::stoul(range.substr(6));
            response.setStatusAndReason(HTTPResponse::HTTP_PARTIAL_CONTENT);
            response.set("Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(content.size() - 1) +
                                              "/" + std::to_string(content.size()));
        }
        response.setContentLength64(static_cast<Poco::Int64>(content.size() - from));
        std::ostream &body = response.send();
        const std::string rest = content.substr(from);
        const std::uint64_t stop = file.large ? hub_.next_stop() : 0;
        const std::uint64_t held = file.large ? hub_.held_after() : 0;
        if (stop > 0 && stop < rest.size()) {
            body.write(rest.data(), static_cast<std::streamsize>(stop)).flush();
            return; // and the connection ends
        }
        if (held > 0 && held < rest.size()) {
            body.write(rest.data(), static_cast<std::streamsize>(held)).flush();
            hub_.wait_for_release();
            body.write(rest.data() + held, static_cast<std::streamsize>(rest.size() - held));
            return;
        }
        body.write(rest.data(), static_cast<std::streamsize>(rest.size()));
    }

    Hub &hub_;
    const bool at_store_;
};

class Factory : public Poco::Net::HTTPRequestHandlerFactory {
public:
    Factory(Hub &hub, bool at_store) : hub_(hub), at_store_(at_store) {}
    Poco::Net::HTTPRequestHandler *createRequestHandler(const HTTPServerRequest & /*request*/) override {
        return new Handler(hub_, at_store_);
    }

private:
    Hub &hub_;
    const bool at_store_;
};

std::unique_ptr<Poco::Net::HTTPServer> make_server(Hub &hub, bool at_store) {
    using Poco::Net::Context;
    const Context::Ptr context = new Context(Context::TLS_SERVER_USE, hub.certificate.key.string(),
                                             hub.certificate.certificate.string(), "", Context::VERIFY_NONE);
    const Poco::Net::SecureServerSocket socket(Poco::Net::SocketAddress("localhost", 0), 64, context);
    return std::make_unique<Poco::Net::HTTPServer>(new Factory(hub, at_store), socket, new Poco::Net::HTTPServerParams);
}

} // namespace

std::string sha256(const std::string &content) {
    return hex_digest(EVP_sha256(), content);
}

std::string git_hash(const std::string &content) {
    return hex_digest(EVP_sha1(), "blob " + std::to_string(content.size()) + '\0' + content);
}

Hub::Hub(const std::filesystem::path &folder) : certificate(make_certificate(folder)) {
    Poco::Net::initializeSSL();
    hub_ = make_server(*this, false);
    store_ = make_server(*this, true);
    hub_->start();
    store_->start();
}

Hub::~Hub() {
    release();
    hub_->stopAll(true);
    store_->stopAll(true);
}

std::string Hub::url() const {
    return "https://localhost:" + std::to_string(hub_->port());
}

std::string Hub::store_url() const {
    return "https://localhost:" + std::to_string(store_->port());
}

void Hub::hold_after(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    hold_after_ = bytes;
}

void Hub::release() {
    const std::lock_guard lock(mutex_);
    hold_after_ = 0;
    released_.notify_all();
}

std::vector<HubRequest> Hub::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

void Hub::record(HubRequest request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
}

std::uint64_t Hub::next_stop() {
    const std::lock_guard lock(mutex_);
    return std::exchange(stop_after, 0);
}

std::uint64_t Hub::held_after() const {
    const std::lock_guard lock(mutex_);
    return hold_after_;
}

void Hub::wait_for_release() {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [this] { return hold_after_ == 0; });
}

} // namespace fakes
