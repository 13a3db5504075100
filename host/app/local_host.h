// Plugins and models without a server: what the listing commands and `generate` work on.
#pragma once

#include "options.h"

#include "host/plugins/describe/discovery.h"
#include "host/server/catalogue/catalogue.h"
#include "host/server/catalogue/catalogue_service.h"

#include <memory>
#include <optional>

namespace able::app {

class LocalHost {
public:
    explicit LocalHost(const config::Config &config);
    ~LocalHost();
    LocalHost(const LocalHost &) = delete;
    LocalHost &operator=(const LocalHost &) = delete;

    // Waits for the scan, which the first call starts.
    std::shared_ptr<const plugins::Registry> registry();
    // Looks at `roots`; waits.
    std::shared_ptr<const server::Catalogue> catalogue(const server::CatalogueRoots &roots);
    // The same for the configured folders.
    std::shared_ptr<const server::Catalogue> catalogue();

private:
    const config::Config &config_;
    std::unique_ptr<plugins::Discovery> discovery_;
    std::unique_ptr<server::CatalogueService> catalogue_;
};

// The flags that the listing commands share, and --json.
struct ListOptions {
    explicit ListOptions(CLI::App &command);
    // The configuration, with the log set up: errors only, unless it was asked for more. The lists tell the rest.
    config::Loaded load() const;

    ConfigOptions options;
    bool json = false;
};

// Sets up the log of a command that a person watches, at `level` unless the configuration sets one, and prints the
// configuration's warnings.
void set_up_quiet_logging(const config::Loaded &loaded, const char *level);

} // namespace able::app
