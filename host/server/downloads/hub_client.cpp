#include "hub_client.h"

#include "addresses.h"
#include "error.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/RejectCertificateHandler.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/String.h>
#include <Poco/URI.h>
#include <ablerefusal_version.h>

#include <mutex>

namespace able::downloads {
namespace {

using Poco::Net::Context;
using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

constexpr int max_redirects = 5;
constexpr int connect_timeout = 10; // seconds

class Reply : public HubReply {
public:
    Reply(const Poco::Net::SecureStreamSocket &socket, Interrupt &interrupt)
        : session_(socket), watch_(interrupt, socket.impl()->sockfd()) {}

    void exchange(HTTPRequest &request) {
        session_.sendRequest(request);
        HTTPResponse response;
        body_ = &session_.receiveResponse(response);
        status = response.getStatus();
        for (const auto &[name, value] : response) {
            headers[Poco::toLower(name)] = value;
        }
    }
    std::istream &body() override { return *body_; }

private:
    Poco::Net::HTTPClientSession session_; // over TLS: the socket is
    Interrupt::Watch watch_;               // ends before the socket does
    std::istream *body_ = nullptr;
};

// To one of the addresses that were checked, not to what the name means a moment later. Which of them answers depends
// on the network: many have no IPv6.
Poco::Net::SecureStreamSocket connect(const Poco::URI &url, const std::vector<Poco::Net::IPAddress> &addresses,
                                      const Context::Ptr &context, const Interrupt &interrupt) {
    for (std::size_t i = 0;; ++i) {
        if (interrupt.stopped()) {
            throw DownloadError("stopped", "the download was stopped");
        }
        try {
            Poco::Net::SecureStreamSocket socket(context);
            socket.setPeerHostName(url.getHost());
            socket.connect(Poco::Net::SocketAddress(addresses[i], url.getPort()), Poco::Timespan(connect_timeout, 0));
            return socket;
        } catch (const Poco::Net::SSLException &) {
            throw; // it answered
        } catch (const Poco::Exception &) {
            if (i + 1 == addresses.size()) {
                throw;
            }
        }
    }
}

bool is_redirect(int status) {
    return status == HTTPResponse::HTTP_MOVED_PERMANENTLY || status == HTTPResponse::HTTP_FOUND ||
           status == HTTPResponse::HTTP_SEE_OTHER || status == HTTPResponse::HTTP_TEMPORARY_REDIRECT ||
           status == HTTPResponse::HTTP_PERMANENT_REDIRECT;
}

// What is asked for at the host, as it was written: to decode and encode it again could break a signature.
std::string target_of(const std::string &url) {
    const auto begin = url.find_first_of("/?", url.find("://") + 3);
    if (begin == std::string::npos) {
        return "/";
    }
    const std::string target = url.substr(begin, url.find('#') - begin);
    return target.starts_with('?') ? "/" + target : target;
}

// Where `location` leads to from `url`.
std::string redirected(const std::string &url, const std::string &location) {
    const bool own_path = location.starts_with('/') && !location.starts_with("//");
    return own_path ? url.substr(0, url.find_first_of("/?", url.find("://") + 3)) + location : location;
}

bool same_origin(const Poco::URI &a, const Poco::URI &b) {
    return Poco::icompare(a.getHost(), b.getHost()) == 0 && a.getPort() == b.getPort();
}

} // namespace

struct HubClient::Tls {
    Context::Ptr context;
};

HubClient::HubClient(HubOptions options) : options_(std::move(options)), tls_(std::make_unique<Tls>()) {
    checked_url(options_.url);
    static std::once_flag once;
    try {
        tls_->context = new Context(Context::TLS_CLIENT_USE, "", "", options_.ca_file.string(), Context::VERIFY_STRICT,
                                    9, true, "DEFAULT:!aNULL:!eNULL");
        tls_->context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
        std::call_once(once, [this] {
            Poco::Net::initializeSSL();
            // Poco's own handler would ask on the console.
            Poco::Net::SSLManager::instance().initializeClient(nullptr, new Poco::Net::RejectCertificateHandler(false),
                                                               tls_->context);
        });
    } catch (const Poco::Exception &) {
        throw DownloadError("tls_failed",
                            "the certificates of models.hub_ca_file cannot be read: " + options_.ca_file.string());
    }
}

HubClient::~HubClient() = default;

std::unique_ptr<HubReply> HubClient::get(const std::string &path, std::uint64_t from, Interrupt &interrupt) const {
    const Poco::URI hub = checked_url(options_.url);
    std::string address =
        (options_.url.ends_with('/') ? options_.url.substr(0, options_.url.size() - 1) : options_.url) + path;
    Poco::URI url = checked_url(address);
    std::map<std::string, std::string> hub_headers;
    const std::string name = url.getHost();
    try {
        for (int hop = 0; hop <= max_redirects; ++hop) {
            const auto addresses = addresses_of(url.getHost(), options_.allow_private);
            auto socket = connect(url, addresses, tls_->context, interrupt);
            socket.setReceiveTimeout(Poco::Timespan(options_.timeout, 0));
            socket.setSendTimeout(Poco::Timespan(options_.timeout, 0));
            auto reply = std::make_unique<Reply>(socket, interrupt);
            HTTPRequest request(HTTPRequest::HTTP_GET, target_of(address), HTTPRequest::HTTP_1_1);
            request.setHost(url.getHost(), url.getPort());
            request.setKeepAlive(false);
            request.set("User-Agent", "AbleRefusal/" ABLEREFUSAL_VERSION);
            request.set("Accept-Encoding", "identity"); // sizes and ranges are those of the file
            if (from > 0) {
                request.set("Range", "bytes=" + std::to_string(from) + "-");
            }
            if (!options_.token.empty() && same_origin(url, hub)) {
                request.set("Authorization", "Bearer " + options_.token);
            }
            reply->exchange(request);
            if (hub_headers.empty()) {
                hub_headers = reply->headers;
            }
            if (!is_redirect(reply->status)) {
                reply->hub_headers = std::move(hub_headers);
                return reply;
            }
            address = redirected(address, reply->headers["location"]);
            url = checked_url(address);
        }
    } catch (const Poco::Net::CertificateValidationException &) {
        throw DownloadError("tls_failed", "the certificate of " + url.getHost() +
                                              " is not valid for it; models.hub_ca_file can name others to trust");
    } catch (const Poco::Exception &error) {
        if (interrupt.stopped()) {
            throw DownloadError("stopped", "the download was stopped");
        }
        // A refused certificate comes as any failure of the handshake does.
        const bool handshake =
            dynamic_cast<const Poco::Net::SSLException *>(&error) != nullptr &&
            dynamic_cast<const Poco::Net::SSLConnectionUnexpectedlyClosedException *>(&error) == nullptr;
        throw DownloadError(handshake ? "tls_failed" : "hub_unreachable",
                            "no connection with " + url.getHost() + ": " + error.displayText(), !handshake);
    }
    throw DownloadError("redirect_refused",
                        name + " sends us on more than " + std::to_string(max_redirects) + " times");
}

} // namespace able::downloads
