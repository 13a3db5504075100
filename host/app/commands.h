// One function for each subcommand; each adds itself to the command line.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace able::app {

// What to do once the command line has been read; returns the exit status.
using Action = std::function<int()>;

// Each sets `action` if its subcommand was given.
void add_serve(CLI::App &app, Action &action);
void add_generate(CLI::App &app, Action &action);
void add_models(CLI::App &app, Action &action);
void add_loras(CLI::App &app, Action &action);
void add_samplers(CLI::App &app, Action &action);
void add_schedules(CLI::App &app, Action &action);
void add_plugins(CLI::App &app, Action &action);
// A subcommand of `plugins`.
void add_plugins_validate(CLI::App &plugins, Action &action);
void add_config(CLI::App &app, Action &action);
void add_version(CLI::App &app, Action &action);
// Hidden: the server starts it.
void add_worker(CLI::App &app, Action &action);

} // namespace able::app
