// Where a download may go, and whom it trusts.
#include "downloading.h"

#include "host/server/downloads/addresses.h"
#include "host/server/downloads/error.h"

namespace safety_test {

using able::downloads::is_public;
using fakes::Downloading;
using Poco::Net::IPAddress;

TEST_CASE("only addresses of the whole internet are public", "[downloads]") {
    for (const char *address : {"0.0.0.0",
                                "10.1.2.3",
                                "100.64.0.1",
                                "127.0.0.1",
                                "127.8.8.8",
                                "169.254.169.254",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.0.0.8",
                                "192.0.2.1",
                                "192.168.1.1",
                                "198.18.0.1",
                                "198.19.255.255",
                                "203.0.113.9",
                                "224.0.0.1",
                                "240.0.0.1",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "::ffff:127.0.0.1",
                                "::ffff:8.8.8.8",
                                "64:ff9b::7f00:1",
                                "fc00::1",
                                "fd12::1",
                                "fe80::1",
                                "ff02::1",
                                "2001::1",
                                "2001:db8::1",
                                "2002:7f00:1::"}) {
        CAPTURE(address);
        CHECK_FALSE(is_public(IPAddress(address)));
    }
    for (const char *address : {"8.8.8.8", "1.1.1.1", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1",
                                "198.17.0.1", "2600:9000::1", "2a00:1450::1"}) {
        CAPTURE(address);
        CHECK(is_public(IPAddress(address)));
    }
}

TEST_CASE("addresses that programs read differently are refused", "[downloads]") {
    for (const char *url :
         {"http://hub.example/x", "https://user@hub.example/", "https://hub.example\\@other.example/", "https:///x",
          "ftp://hub.example/", "/x", "", "https://hub.example/a b", "file:///etc/passwd"}) {
        CAPTURE(url);
        CHECK_THROWS_AS(able::downloads::checked_url(url), able::downloads::DownloadError);
    }
    CHECK(able::downloads::checked_url("https://hub.example:8443/x").getPort() == 8443);
}

TEST_CASE("a hub in a private network is refused unless that is allowed", "[downloads]") {
    Downloading test;
    add_diffusers_model(test.hub);
    test.options.hub.allow_private = false;
    test.start();
    const auto download = test.get({{"repo", "org/model"}});
    CHECK(download.at("error").at("code") == "address_refused");
    CHECK(test.hub.requests().empty());
}

TEST_CASE("a hub whose certificate nobody vouches for is refused", "[downloads]") {
    Downloading test;
    add_diffusers_model(test.hub);
    test.options.hub.ca_file.clear();
    test.start();
    CHECK(test.get({{"repo", "org/model"}}).at("error").at("code") == "tls_failed");
    CHECK(test.hub.requests().empty());
}

TEST_CASE("a certificate for another name is refused", "[downloads]") {
    Downloading test;
    add_diffusers_model(test.hub);
    test.options.hub.url = "https://127.0.0.1" + test.hub.url().substr(std::string("https://localhost").size());
    test.start();
    CHECK(test.get({{"repo", "org/model"}}).at("error").at("code") == "tls_failed");
    CHECK(test.hub.requests().empty());
}

TEST_CASE("a hub cannot send a download where it may not go", "[downloads]") {
    Downloading test;
    add_diffusers_model(test.hub);
    test.start();
    for (const char *location :
         {"http://localhost/x", "file:///etc/passwd", "//localhost/x", "https://u:p@localhost/x", "nowhere", ""}) {
        CAPTURE(location);
        test.hub.redirect_to = location;
        // An empty one means the store to the test's hub.
        if (*location == '\0') {
            continue;
        }
        CHECK(test.get({{"repo", "org/model"}, {"files", {"unet/diffusion_pytorch_model.safetensors"}}})
                  .at("error")
                  .at("code") == "redirect_refused");
    }
    test.hub.redirect_to =
        test.hub.url() + "/org/model/resolve/" + test.hub.commit + "/unet/diffusion_pytorch_model.safetensors";
    CHECK(test.get({{"repo", "org/model"}, {"files", {"unet/diffusion_pytorch_model.safetensors"}}})
              .at("error")
              .at("code") == "redirect_refused"); // round and round
}

TEST_CASE("the token goes to the hub and to nobody else", "[downloads]") {
    Downloading test;
    add_diffusers_model(test.hub);
    test.hub.wanted_token = "hf_secret-token-of-the-test";
    SECTION("with it") {
        test.options.hub.token = test.hub.wanted_token;
        test.start();
        CHECK(test.get({{"repo", "org/model"}}).at("state") == "completed");
        bool store_was_asked = false;
        for (const auto &request : test.hub.requests()) {
            CHECK(request.authorization == (request.at_store ? "" : "Bearer hf_secret-token-of-the-test"));
            store_was_asked |= request.at_store;
        }
        CHECK(store_was_asked);
        for (const auto &event : test.events()) {
            CHECK_THAT(event.dump(), !Catch::Contains("secret"));
        }
        CHECK_THAT(fakes::read_file(test.options.list_file), !Catch::Contains("secret"));
    }
    SECTION("without it") {
        test.start();
        const auto error = test.get({{"repo", "org/model"}}).at("error");
        CHECK(error.at("code") == "access_denied");
        CHECK_THAT(error.at("message"), Catch::Contains("models.hub_token"));
    }
}

} // namespace safety_test
