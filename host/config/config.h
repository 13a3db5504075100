// The configuration: one strict typed struct. Every key has a documented default and range; see config.default.yaml.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace able::config {

struct Server {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080; // 0 picks a free port
    double read_timeout = 30;  // seconds a request may take to arrive
    double write_timeout = 30; // seconds a reply may block
    bool enable_cors = false;
    std::vector<std::string> allowed_hosts; // beside localhost, 127.0.0.1, [::1] and `host`
    std::vector<std::string> api_tokens;    // a bearer token is required once one is listed
    std::uint64_t max_body_size = 32ULL << 20;
    std::uint32_t max_event_streams = 32;
};

struct Storage {
    std::filesystem::path output_dir;   // images and the job store; default $XDG_DATA_HOME/ablerefusal/outputs
    std::filesystem::path models_dir;   // default $XDG_DATA_HOME/ablerefusal/models
    bool models_dir_by_default = false; // no key: nobody named it, so it need not be there yet
    std::filesystem::path temp_dir;     // default $XDG_CACHE_HOME/ablerefusal
};

struct Models {
    std::string layout = "ablerefusal"; // or "a1111", "comfyui": where below models_dir the kinds of files lie
    std::string default_model;          // id; empty = the only one there is, the demo models aside
    std::string default_vae;            // id; of models that have no autoencoder of their own
    std::vector<std::string> params;    // "model:key=value": of the pipeline, for that model
    std::filesystem::path hub_cache;    // default: HF_HUB_CACHE, HF_HOME/hub, ~/.cache/huggingface/hub
    std::vector<std::filesystem::path> extra_folders;
    std::vector<std::filesystem::path> lora_folders;      // beside models_dir/loras
    std::vector<std::filesystem::path> embedding_folders; // beside models_dir/embeddings
    bool demo = true;                                     // offer the models that come with the program
    std::string hub_url;                                  // of downloads; default: HF_ENDPOINT, https://huggingface.co
    std::string hub_token;                                // sent to the hub alone; default: HF_TOKEN
    std::filesystem::path hub_ca_file;                    // certificates to trust beside the system's
    bool hub_private_addresses = false;
};

struct Prompts {
    std::filesystem::path wildcards_dir; // default models_dir/wildcards
};

struct Queue {
    std::uint32_t max_concurrent = 1; // workers
    std::uint32_t max_queue_size = 100;
    double timeout = 0;             // seconds a job may run; 0 = no limit
    double stall_timeout = 600;     // seconds a job may run without progress; 0 = no limit
    std::uint32_t max_attempts = 3; // of a job whose worker dies
    std::filesystem::path store;    // default output_dir/jobs.sqlite
};

struct Inference {
    std::string device = "auto"; // auto, cpu, cuda:N, mps
    std::string dtype = "auto";  // auto, fp32, fp16, bf16
    std::uint32_t threads = 0;   // 0 = one per core
    std::uint32_t max_batch_size = 10;
    std::uint32_t max_resolution = 2048; // pixels, each way
    std::string memory_limit = "auto";   // of all workers together: auto, or bytes; see memory_limit.h
    std::string vae_tiling = "auto";     // auto, on, off
};

struct Plugins {
    std::vector<std::filesystem::path> paths; // searched before the user's, the system's and the bundled folder
    std::vector<std::string> deny;            // plugin ids never to use
    double describe_timeout = 20;             // seconds a plugin may take to describe itself
};

struct Logging {
    std::string level = "info"; // trace, debug, info, warning, error, off
    std::filesystem::path file; // empty = standard error only
    std::uint64_t max_size = 10ULL << 20;
    std::uint32_t max_backups = 3;
};

struct Config {
    Server server;
    Storage storage;
    Models models;
    Prompts prompts;
    Queue queue;
    Inference inference;
    Plugins plugins;
    Logging logging;
};

} // namespace able::config
