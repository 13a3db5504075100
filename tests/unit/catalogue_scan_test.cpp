#include "models_files.hpp"

#include "host/models/hub_cache.h"
#include "host/server/catalogue/catalogue.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>

namespace catalogue_scan_test {

using namespace able::models;
using namespace able::server;
using able::test::TempFolder;
using able::test::write_file;
namespace fs = std::filesystem;

namespace {

const std::string commit_a(40, 'a');
const std::string commit_b(40, 'b');

// Names and sizes count here, contents do not: the catalogue opens nothing.
void write_model(const fs::path &folder) {
    write_file(folder / "model_index.json", "not even JSON");
    write_file(folder / "unet/diffusion_pytorch_model.safetensors", "1234");
    write_file(folder / "vae/diffusion_pytorch_model.safetensors", "123");
    write_file(folder / "vae/diffusion_pytorch_model.fp16.safetensors", "12");
}

std::vector<std::string> ids(const Catalogue &catalogue) {
    std::vector<std::string> result;
    for (const ModelEntry &entry : catalogue.models) {
        result.push_back(entry.id);
    }
    return result;
}

std::vector<std::string> lora_ids(const Catalogue &catalogue) {
    std::vector<std::string> result;
    for (const LoraEntry &entry : catalogue.loras) {
        result.push_back(entry.id);
    }
    return result;
}

using Ids = std::vector<std::string>;

able::models::Environment environment(std::map<std::string, std::string> values) {
    return [values](const std::string &name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

} // namespace

TEST_CASE("the hub cache is where huggingface_hub looks for it", "[models][hub]") {
    const auto folder = [](std::map<std::string, std::string> values) {
        return hub_cache_folder(environment(std::move(values))).value_or("none").string();
    };
    CHECK(folder({{"HOME", "/h"}}) == "/h/.cache/huggingface/hub");
    CHECK(folder({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}) == "/x/huggingface/hub");
    CHECK(folder({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "/hf"}}) == "/hf/hub");
    CHECK(folder({{"HF_HOME", "/hf"}, {"HUGGINGFACE_HUB_CACHE", "/old"}}) == "/old");
    CHECK(folder({{"HUGGINGFACE_HUB_CACHE", "/old"}, {"HF_HUB_CACHE", "/new"}}) == "/new");
    CHECK(folder({{"HOME", "/h"}, {"HF_HOME", "~/hf"}}) == "/h/hf/hub");
    CHECK(folder({{"HOME", "/h"}, {"HF_HOME", ""}}) == "/h/.cache/huggingface/hub");
    CHECK(folder({}) == "none");
}

TEST_CASE("repository ids are told from what is none", "[models][hub]") {
    for (const char *id : {"gpt2", "runwayml/stable-diffusion-v1-5", "a/b", "Org_1/x.y-z_"}) {
        INFO(id);
        CHECK(is_repo_id(id));
        CHECK(repo_id_of_folder(repo_folder_name(id)) == id);
    }
    for (const char *id : {"", "/", "a/", "/a", "a/b/c", "../x", "a/..", "a..b", "a--b", "-a", "a-", ".a", "a.", "a b",
                           "a\\b", "a/b.git", "ä", "a\n"}) {
        INFO(id);
        CHECK_FALSE(is_repo_id(id));
    }
    CHECK_FALSE(is_repo_id(std::string(97, 'a')));
    CHECK(repo_folder_name("org/name") == "models--org--name");
    CHECK_FALSE(repo_id_of_folder("datasets--org--name"));
    CHECK_FALSE(repo_id_of_folder("models--"));
    CHECK_FALSE(repo_id_of_folder("models--a--b--c"));
}

TEST_CASE("a revision leads to its snapshot", "[models][hub]") {
    const TempFolder cache;
    const fs::path repo = cache / "models--org--name";
    fs::create_directories(repo / "snapshots" / commit_a);

    SECTION("a single snapshot serves without refs") {
        CHECK(find_snapshot(repo).commit == commit_a);
        CHECK(find_snapshot(repo, "other").folder.empty());
    }
    SECTION("refs/main decides, blanks around it ignored") {
        fs::create_directories(repo / "snapshots" / commit_b);
        CHECK_THAT(find_snapshot(repo).problem, Catch::Contains("several snapshots"));
        write_file(repo / "refs/main", commit_b + "\n");
        CHECK(find_snapshot(repo).folder == repo / "snapshots" / commit_b);
    }
    SECTION("a branch, a commit") {
        write_file(repo / "refs/fp16", commit_a);
        write_file(repo / "refs/refs/pr/3", commit_a);
        CHECK(find_snapshot(repo, "fp16").commit == commit_a);
        CHECK(find_snapshot(repo, "refs/pr/3").commit == commit_a);
        CHECK(find_snapshot(repo, commit_a).commit == commit_a);
        CHECK(find_snapshot(repo, commit_b).folder.empty());
    }
    SECTION("a ref to a snapshot that is gone does not fall back to another") {
        write_file(repo / "refs/main", commit_b);
        CHECK(find_snapshot(repo).folder.empty());
        CHECK_THAT(find_snapshot(repo).problem, Catch::Contains("download"));
    }
    SECTION("hostile refs and revisions lead nowhere") {
        fs::create_directories(cache / "outside");
        write_file(repo / "refs/main", "../../outside"); // from snapshots/
        write_file(cache / "escape", commit_a);
        fs::create_directories(repo / "snapshots" / commit_b);
        CHECK(find_snapshot(repo).folder.empty());
        for (const char *revision : {"../../escape", "/etc/passwd", "", "a/../../../escape", "x\ny"}) {
            INFO(revision);
            CHECK(find_snapshot(repo, revision).folder.empty());
        }
    }
    SECTION("no repository at all") {
        CHECK(find_snapshot(cache / "models--no--such").folder.empty());
    }
    CHECK(repo_folder_of_snapshot(repo / "snapshots" / commit_a) == repo);
    CHECK_FALSE(repo_folder_of_snapshot(repo / "blobs" / commit_a));
    CHECK_FALSE(repo_folder_of_snapshot(cache / "x" / "snapshots" / commit_a));
}

TEST_CASE("a scan lists folders, hub repositories and files", "[models][catalogue]") {
    const TempFolder root;
    write_model(root / "models/mine");
    write_model(root / "models/anime/deep/other");
    write_file(root / "models/single/a.safetensors", "12345");
    write_file(root / "models/single/b.ckpt", "1");
    write_file(root / "models/single/c.pt", "1");
    write_file(root / "models/single/d.bin", "1");
    write_file(root / "models/single/e.safetensors", "");
    write_file(root / "models/readme.txt", "x");
    write_file(root / "models/.hidden/b.safetensors", "x");
    write_file(root / "models/loras/style.safetensors", "123");
    write_file(root / "models/loras/old.pt", "1");
    write_model(root / "hub/models--org--tiny/snapshots" / commit_a);
    write_file(root / "hub/models--org--text/snapshots" / commit_a / "config.json", "{}");
    write_model(root / "hub/datasets--org--data/snapshots" / commit_a);
    CatalogueRoots roots;
    roots.model_folders = {root / "models", root / "not-there"};
    roots.hub_caches = {root / "hub"};
    roots.lora_folders = {root / "models/loras"};

    const Catalogue catalogue = scan(roots);
    CHECK(catalogue.warnings.empty());
    REQUIRE(ids(catalogue) == Ids{"anime/deep/other", "mine", "org/tiny", "single/a.safetensors", "single/b.ckpt",
                                  "single/c.pt", "single/d.bin", "single/e.safetensors"});
    const ModelEntry &mine = catalogue.models[1];
    CHECK(mine.kind == "folder");
    CHECK(mine.name == "mine");
    CHECK(mine.path == root / "models/mine");
    CHECK(mine.size_bytes == 7); // the variant that is not read does not count
    CHECK(mine.ready);
    CHECK(mine.reason.empty());
    CHECK(mine.family.empty());
    CHECK(catalogue.models[2].kind == "hub");
    CHECK(catalogue.models[2].name == "tiny");
    CHECK(catalogue.models[2].path == root / "hub/models--org--tiny/snapshots" / commit_a);
    CHECK(catalogue.models[3].kind == "file");
    CHECK(catalogue.models[3].name == "a");
    CHECK(catalogue.models[3].size_bytes == 5);
    CHECK(catalogue.models[3].ready);
    CHECK(catalogue.models[4].name == "b");
    CHECK(catalogue.models[5].name == "c");
    CHECK(catalogue.models[6].name == "d");
    CHECK_FALSE(catalogue.models[7].ready);
    CHECK_THAT(catalogue.models[7].reason, Catch::Contains("the file is empty"));
    REQUIRE(lora_ids(catalogue) == Ids{"old", "style"});
    CHECK(catalogue.loras[1].size_bytes == 3);
    CHECK(catalogue.loras[1].ready);
}

TEST_CASE("a model that cannot be opened is listed with the reason", "[models][catalogue]") {
    const TempFolder root;
    write_model(root / "broken");
    fs::rename(root / "broken/unet/diffusion_pytorch_model.safetensors", root / "broken/unet/model.bin");
    CatalogueRoots roots;
    roots.model_folders = {root.path()};
    const Catalogue catalogue = scan(roots);
    REQUIRE(catalogue.models.size() == 1);
    CHECK_FALSE(catalogue.models[0].ready);
    CHECK_THAT(catalogue.models[0].reason, Catch::Contains("model.bin"));
}

TEST_CASE("a root that is itself a model, and one that is a hub cache, are understood", "[models][catalogue]") {
    const TempFolder root;
    write_model(root / "one");
    write_model(root / "hub/models--org--tiny/snapshots" / commit_a);
    CatalogueRoots roots;
    roots.model_folders = {root / "one", root / "hub"};
    roots.hub_caches = {root / "hub"};
    CHECK(ids(scan(roots)) == Ids{"one", "org/tiny"});
}

TEST_CASE("an id that two roots share gets the later root's name in front", "[models][catalogue]") {
    const TempFolder root;
    write_model(root / "first/org/tiny");
    write_model(root / "second/org/tiny");
    write_model(root / "hub/models--org--tiny/snapshots" / commit_a);
    write_file(root / "loras/a/x.safetensors", "1");
    write_file(root / "loras/b/x.safetensors", "1");
    write_file(root / "more/a/x.safetensors", "1");
    CatalogueRoots roots;
    roots.model_folders = {root / "first", root / "second"};
    roots.hub_caches = {root / "hub"};
    roots.lora_folders = {root / "loras", root / "more"};
    const Catalogue catalogue = scan(roots);
    CHECK(ids(catalogue) == Ids{"hub/org/tiny", "org/tiny", "second/org/tiny"});
    CHECK(catalogue.models[1].path == root / "first/org/tiny");
    CHECK(lora_ids(catalogue) == Ids{"a/x", "b/x", "more/a/x"});
    CHECK(find_lora(catalogue, "x").ambiguous);
    CHECK(find_lora(catalogue, "b/x").entry->path == root / "loras/b/x.safetensors");
}

TEST_CASE("looping links end a scan, and its bounds hold", "[models][catalogue]") {
    const TempFolder root;
    write_file(root / "a/x.safetensors", "1");
    fs::create_directory_symlink("..", root / "a/up");
    fs::create_directory_symlink("self", root / "self");
    fs::create_symlink("gone", root / "dangling.safetensors");
    CatalogueRoots roots;
    roots.model_folders = {root.path()};
    CHECK(ids(scan(roots)) == Ids{"a/x.safetensors", "dangling.safetensors"});

    write_file(root / "1/2/3/y.safetensors", "1");
    roots.max_depth = 2;
    CHECK(ids(scan(roots)) == Ids{"a/x.safetensors", "dangling.safetensors"});
    roots.max_depth = 3;
    CHECK(ids(scan(roots)).size() == 3);
    roots.max_entries = 2;
    const Catalogue cut = scan(roots);
    REQUIRE(cut.warnings.size() == 1);
    CHECK_THAT(cut.warnings[0], Catch::Contains("more than 2 files"));
}

TEST_CASE("a name that is not UTF-8 is left out with a warning", "[models][catalogue]") {
    const TempFolder root;
    write_file(root.path() / "bad\xff.safetensors", "1");
    write_file(root / "gut-ä.safetensors", "1");
    CatalogueRoots roots;
    roots.lora_folders = {root.path()};
    const Catalogue catalogue = scan(roots);
    CHECK(lora_ids(catalogue) == Ids{"gut-ä"});
    REQUIRE(catalogue.warnings.size() == 1);
    CHECK_NOTHROW(nlohmann::json(catalogue.warnings).dump());
}

TEST_CASE("a model is found by its id, or by the last part if only one has it", "[models][catalogue]") {
    Catalogue catalogue;
    for (const char *id : {"runwayml/stable-diffusion-v1-5", "anime/mix.safetensors", "photo/mix.safetensors", "mine",
                           "backup/mine", "stabilityai/sdxl-turbo"}) {
        ModelEntry entry;
        entry.id = id;
        entry.name = fs::path(id).stem().string();
        catalogue.models.push_back(entry);
    }
    const auto id_of = [&catalogue](std::string_view name) {
        const Lookup<ModelEntry> found = find_model(catalogue, name);
        return found.entry == nullptr ? "none: " + found.message : found.entry->id;
    };
    CHECK(id_of("runwayml/stable-diffusion-v1-5") == "runwayml/stable-diffusion-v1-5");
    CHECK(id_of("sdxl-turbo") == "stabilityai/sdxl-turbo");
    CHECK(id_of("mine") == "mine"); // the id itself wins
    CHECK(id_of("photo/mix.safetensors") == "photo/mix.safetensors");

    const Lookup<ModelEntry> ambiguous = find_model(catalogue, "mix");
    CHECK(ambiguous.entry == nullptr);
    CHECK(ambiguous.ambiguous);
    CHECK(ambiguous.candidates == Ids{"anime/mix.safetensors", "photo/mix.safetensors"});
    CHECK_THAT(ambiguous.message, Catch::Contains("'anime/mix.safetensors', 'photo/mix.safetensors'"));

    const Lookup<ModelEntry> close = find_model(catalogue, "runwayml/stable-difusion-v1.5");
    CHECK(close.entry == nullptr);
    CHECK_FALSE(close.ambiguous);
    CHECK(close.candidates == Ids{"runwayml/stable-diffusion-v1-5"});
    CHECK_THAT(close.message, Catch::Contains("did you mean 'runwayml/stable-diffusion-v1-5'?"));
    CHECK(find_model(catalogue, "SDXL").candidates == Ids{"stabilityai/sdxl-turbo"});
    CHECK(find_model(catalogue, "zzzzzzzzzz").candidates.empty());
    CHECK(find_model(catalogue, "").entry == nullptr);
    CHECK(find_model(catalogue, std::string(1'000'000, 'a')).candidates.empty());
    CHECK(find_model(catalogue, "../../etc/passwd").entry == nullptr);
    CHECK(find_model({}, "x").message == "there is no model 'x'");
}

TEST_CASE("extensions count in any case", "[models][catalogue]") {
    const TempFolder root;
    for (const char *name : {"A.SAFETENSORS", "B.Ckpt", "C.PT", "D.BIN"}) {
        write_file(root / "models" / name, "1");
        write_file(root / "models/Lora" / name, "1");
        write_file(root / "models/Embeddings" / name, "1");
    }
    CatalogueRoots roots;
    roots.model_folders = {root / "models"};
    const Catalogue catalogue = scan(roots);
    CHECK(ids(catalogue) == Ids{"A.SAFETENSORS", "B.Ckpt", "C.PT", "D.BIN"});
    CHECK(catalogue.models[0].name == "A");
    CHECK(lora_ids(catalogue) == Ids{"A", "B", "C", "D"});
    REQUIRE(catalogue.embeddings.size() == 4);
    CHECK(catalogue.embeddings[1].id == "B");
    CHECK(find_model(catalogue, "a.safetensors").entry == nullptr); // names themselves keep theirs
    CHECK(find_lora(catalogue, "A.SAFETENSORS").entry == &catalogue.loras[0]);
}

TEST_CASE("folders of LoRAs and embeddings are known by the names that other programs have", "[models][catalogue]") {
    for (const char *name : {"lora", "Lora", "LoRA", "loras", "LyCORIS", "LoCon"}) {
        INFO(name);
        const TempFolder root;
        write_file(root / "m" / name / "sub/x.safetensors", "1");
        write_file(root / "m/deep" / name / "y.safetensors", "1"); // not directly below: a model until it is looked at
        CatalogueRoots roots;
        roots.model_folders = {root / "m"};
        const Catalogue catalogue = scan(roots);
        CHECK(lora_ids(catalogue) == Ids{"sub/x"});
        CHECK(ids(catalogue) == Ids{std::string("deep/") + name + "/y.safetensors"});
    }
    const TempFolder root;
    write_file(root / "m/loras/x.safetensors", "1");
    write_file(root / "m/LyCORIS/x.safetensors", "1");
    write_file(root / "m/LyCORIS/z.safetensors", "1");
    CatalogueRoots roots;
    roots.model_folders = {root / "m"};
    roots.lora_folders = {root / "m/loras"};
    CHECK(lora_ids(scan(roots)) == Ids{"LyCORIS/x", "x", "z"});
}

TEST_CASE("a folder that was named and is not there is a warning", "[models][catalogue]") {
    const TempFolder root;
    CatalogueRoots roots;
    roots.model_folders = {root / "modles"};
    CHECK(scan(roots).warnings.empty());
    roots.expected = {{root / "modles", "storage.models_dir"}};
    const Catalogue catalogue = scan(roots);
    REQUIRE(catalogue.warnings.size() == 1);
    CHECK_THAT(catalogue.warnings[0], Catch::Contains("there is no folder " + (root / "modles").string()) &&
                                          Catch::Contains("storage.models_dir"));
}

TEST_CASE("names are compared as Unicode's form C", "[models][catalogue]") {
    const std::string composed = "caf\xc3\xa9", decomposed = "cafe\xcc\x81";
    Catalogue catalogue;
    LoraEntry lora;
    lora.id = "drinks/" + decomposed;
    lora.name = decomposed;
    catalogue.loras = {lora};
    ModelEntry model;
    model.id = composed + ".safetensors";
    model.name = composed;
    catalogue.models = {model};
    catalogue.vaes = {model};
    for (const std::string &name : {composed, decomposed}) {
        INFO(name);
        CHECK(find_lora(catalogue, name).entry == &catalogue.loras[0]);
        CHECK(find_lora(catalogue, "drinks/" + name).entry == &catalogue.loras[0]);
        CHECK(find_model(catalogue, name).entry == &catalogue.models[0]);
        CHECK(find_vae(catalogue, name + ".safetensors").entry == &catalogue.vaes[0]);
    }
    // Two files that differ in nothing else: the very bytes tell.
    lora.id = "drinks/" + composed;
    lora.name = composed;
    catalogue.loras.push_back(lora);
    CHECK(find_lora(catalogue, "drinks/" + composed).entry == &catalogue.loras[1]);
    CHECK(find_lora(catalogue, composed).ambiguous);
}

TEST_CASE("a LoRA is found by file name, alias or hash, and two that fit are named", "[models][catalogue]") {
    Catalogue catalogue;
    const auto add = [&](const std::string &id, const std::string &alias, const std::string &sha256,
                         const std::string &auto_v3) {
        LoraEntry lora;
        lora.id = id;
        lora.name = id.substr(id.rfind('/') + 1);
        lora.details.alias = alias;
        lora.hashes = {sha256, auto_v3};
        catalogue.loras.push_back(lora);
    };
    add("styles/ink-v3", "ink", std::string(10, 'a') + std::string(54, '1'), "0123456789ab");
    add("styles/water", "aquarelle", std::string(10, 'a') + std::string(54, '2'), "89abcdef0123");
    add("other", "aquarelle", "", "");
    add("neon", "water", std::string(64, '3'), "");
    const auto id_of = [&](std::string_view name) {
        const auto found = find_lora(catalogue, name);
        return found.entry == nullptr ? (found.ambiguous ? "ambiguous" : "none") : found.entry->id;
    };
    CHECK(id_of("ink-v3") == "styles/ink-v3");
    CHECK(id_of("ink-v3.safetensors") == "styles/ink-v3");
    CHECK(id_of("styles/ink-v3.SAFETENSORS") == "styles/ink-v3");
    CHECK(id_of("ink") == "styles/ink-v3");
    CHECK(id_of("water") == "styles/water"); // a file's name before another's alias
    CHECK(id_of("aquarelle") == "ambiguous");
    CHECK(find_lora(catalogue, "aquarelle").candidates == Ids{"styles/water", "other"});
    CHECK_THAT(find_lora(catalogue, "aquarelle").message, Catch::Contains("'styles/water', 'other'"));
    CHECK(id_of("0123456789AB") == "styles/ink-v3"); // A1111's short hash
    CHECK(id_of("01234567") == "styles/ink-v3");
    CHECK(id_of("0123456") == "none"); // too short to say
    CHECK(id_of("aaaaaaaaaa") == "ambiguous");
    CHECK(id_of("aaaaaaaaaa1") == "styles/ink-v3");
    CHECK(id_of(std::string(64, '3')) == "neon");
}

TEST_CASE("what came with the program is listed last, and said to be bundled", "[models][catalogue]") {
    const TempFolder folder;
    write_model(folder.path() / "models/own");
    write_model(folder.path() / "models/demo");
    write_model(folder.path() / "share/demo");
    write_model(folder.path() / "share/shapes");
    write_file(folder.path() / "share/loras/stripes.safetensors", "1");
    CatalogueRoots roots;
    roots.model_folders = {folder.path() / "models"};
    roots.bundled_folders = {folder.path() / "share"};
    const Catalogue catalogue = scan(roots);
    CHECK(ids(catalogue) == Ids{"demo", "own", "shapes", "share/demo"});
    CHECK(lora_ids(catalogue) == Ids{"stripes"});
    for (const ModelEntry &entry : catalogue.models) {
        CHECK(entry.bundled == entry.id.starts_with("sha"));
    }
}

TEST_CASE("what a child finds arrives as it was sent, and nothing that is not whole does", "[models][catalogue]") {
    namespace protocol = able::protocol;
    protocol::ModelFinding model;
    model.ready = true;
    model.family = "sd1";
    model.variant = "inpaint";
    model.default_height = 768;
    model.traits.sizes = {{512, 768}};
    model.traits.prompt = protocol::PromptTraits{3, 75, 0};
    model.memory = {1ULL << 40U, {{262144, 1ULL << 33U}}};
    const auto arrived = [](const nlohmann::json &document) {
        return able::base::from_document<protocol::ProbeAnswer>(nlohmann::json::parse(document.dump()), "an answer");
    };
    const nlohmann::json sent = able::base::to_document(protocol::ProbeAnswer{7, true, model});
    CHECK(able::base::to_document(arrived(sent)) == sent);
    CHECK(std::get<protocol::ModelFinding>(arrived(sent).finding).traits.prompt->chunk_tokens == 75);
    CHECK(std::get<protocol::ModelFinding>(arrived(sent).finding).memory.weights == 1ULL << 40U);
    for (const auto &[name, value] : sent.at("finding").items()) {
        CAPTURE(name);
        auto broken = sent;
        broken["finding"].erase(name);
        CHECK_THROWS_AS(arrived(broken), able::base::MemberError);
        broken["finding"][name] = {{"another", 1}};
        CHECK_THROWS_AS(arrived(broken), able::base::MemberError);
    }
    auto broken = sent;
    broken["finding"]["default_height"] = -1;
    CHECK_THROWS_WITH(arrived(broken),
                      Catch::Contains("in an answer, \"finding.default_height\" must be a whole number"));
}

} // namespace catalogue_scan_test
