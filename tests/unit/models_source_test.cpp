#include "models_files.hpp"

#include "host/models/error.h"
#include "host/models/folder_layout.h"
#include "host/models/shard_index.h"
#include "host/models/source.h"
#include "host/models/weight_names.h"

#include <catch2/catch.hpp>

namespace models_source_test {

using namespace able::models;
using able::test::half_tensors;
using able::test::TempFolder;
using able::test::write_file;
namespace fs = std::filesystem;

namespace {

const std::string unet = "unet/diffusion_pytorch_model.safetensors";
const fs::path checkpoint = fs::path(ABLE_SOURCE_DIR) / "tests/unit/data/checkpoints/training.ckpt";

// A small model in the diffusers layout.
void write_model(const fs::path &folder) {
    write_file(folder / "model_index.json", R"({"_class_name": "StableDiffusionPipeline"})");
    write_file(folder / unet, half_tensors({{"conv_in.weight", 8}, {"conv_in.bias", 2}}));
    write_file(folder / "unet/config.json", R"({"in_channels": 4})");
    write_file(folder / "vae/diffusion_pytorch_model.safetensors", half_tensors({{"quant_conv.bias", 4}}));
    write_file(folder / "text_encoder/model.safetensors", half_tensors({{"text_model.x", 1}}));
    write_file(folder / "tokenizer/vocab.json", "{}");
    write_file(folder / "tokenizer/merges.txt", "#version: 0.2\n");
    write_file(folder / "scheduler/scheduler_config.json", "{}");
    write_file(folder / "safety_checker/model.safetensors", "never opened");
}

std::pair<int, std::string> refusal(const fs::path &folder, const FolderOptions &options = {}) {
    return able::test::failure<ModelError>([&] { Source::open_folder(folder, options); });
}

std::vector<std::string> names(const able_source *source) {
    std::vector<std::string> result;
    for (std::uint64_t i = 0; source->tensor_name(source, i) != nullptr; ++i) {
        result.emplace_back(source->tensor_name(source, i));
    }
    return result;
}

std::string text(const Source &source, const char *path) {
    std::uint64_t length = 0;
    const char *found = source.abi()->text(source.abi(), path, &length);
    return found == nullptr ? "(absent)" : std::string(found, length);
}

} // namespace

TEST_CASE("a diffusers folder gives its components' tensors and its texts", "[models][source]") {
    const TempFolder folder;
    write_model(folder / "tiny");
    const auto source = Source::open_folder(folder / "tiny");
    const able_source *abi = source->abi();
    CHECK(abi->struct_size == sizeof(able_source));
    CHECK(abi->kind == ABLE_SOURCE_FOLDER);
    CHECK(std::string(abi->name) == "tiny");
    CHECK(names(abi) == std::vector<std::string>{"text_encoder.text_model.x", "unet.conv_in.bias",
                                                 "unet.conv_in.weight", "vae.quant_conv.bias"});
    CHECK(abi->tensor_count(abi) == 4);
    const able_view *view = abi->tensor(abi, "unet.conv_in.weight");
    REQUIRE(view != nullptr);
    CHECK(view->shape[0] == 8);
    CHECK(abi->tensor(abi, "conv_in.weight") == nullptr);
    CHECK(abi->tensor(abi, nullptr) == nullptr);
    CHECK(text(*source, "model_index.json") == R"({"_class_name": "StableDiffusionPipeline"})");
    CHECK(text(*source, "unet/config.json") == R"({"in_channels": 4})");
    CHECK(text(*source, "tokenizer/merges.txt") == "#version: 0.2\n");
    CHECK(text(*source, "scheduler/scheduler_config.json") == "{}");
    CHECK(text(*source, "../tiny/model_index.json") == "(absent)");
    CHECK(abi->text(abi, nullptr, nullptr) == nullptr);
    CHECK(abi->metadata(abi, "format") == nullptr);
    CHECK(source->dtype() == "fp16");
    CHECK(source->weight_files().size() == 3);
    std::uint64_t size = 0;
    for (const fs::path &file : source->weight_files()) {
        size += fs::file_size(file);
    }
    CHECK(source->size_bytes() == size);
}

TEST_CASE("a single file gives its tensors under their own names, and its metadata", "[models][source]") {
    const TempFolder folder;
    write_file(folder / "lora.safetensors",
               able::test::safetensors(R"({"__metadata__":{"ss_network_dim":"8"},)"
                                       R"("a.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                       R"("b.weight":{"dtype":"F16","shape":[1],"data_offsets":[4,6]}})",
                                       6));
    const auto source = Source::open(folder / "lora.safetensors");
    const able_source *abi = source->abi();
    CHECK(abi->kind == ABLE_SOURCE_FILE);
    CHECK(std::string(abi->name) == "lora.safetensors");
    CHECK(names(abi) == std::vector<std::string>{"a.weight", "b.weight"});
    REQUIRE(abi->metadata(abi, "ss_network_dim") != nullptr);
    CHECK(std::string(abi->metadata(abi, "ss_network_dim")) == "8");
    CHECK(abi->metadata(abi, "format") == nullptr);
    CHECK(abi->metadata(abi, nullptr) == nullptr);
    CHECK(abi->text(abi, "config.json", nullptr) == nullptr);
    CHECK(source->dtype() == "fp32"); // of the most bytes
}

TEST_CASE("a checkpoint is a source like a safetensors file", "[models][source][checkpoint]") {
    const auto source = Source::open(checkpoint);
    const able_source *abi = source->abi();
    CHECK(abi->kind == ABLE_SOURCE_FILE);
    CHECK(std::string(abi->name) == "training.ckpt");
    CHECK(names(abi) == std::vector<std::string>{"bias", "weight"});
    REQUIRE(abi->metadata(abi, "global_step") != nullptr);
    CHECK(std::string(abi->metadata(abi, "global_step")) == "875000");
    CHECK(source->dtype() == "fp32");
    REQUIRE(source->weight_files().size() == 1);
    CHECK(source->size_bytes() == fs::file_size(source->weight_files().front()));
}

TEST_CASE("plain weights come before the fp16 variant, unless that is asked for", "[models][source]") {
    const TempFolder folder;
    write_model(folder.path());
    write_file(folder / "unet/diffusion_pytorch_model.fp16.safetensors", half_tensors({{"half", 1}}));
    write_file(folder / "unet/diffusion_pytorch_model.non_ema.safetensors", half_tensors({{"non_ema", 1}}));
    const auto has = [&folder](const char *name, const char *variant) {
        FolderOptions options;
        options.prefer_variant = variant;
        const auto source = Source::open_folder(folder.path(), options);
        return source->abi()->tensor(source->abi(), name) != nullptr;
    };
    CHECK(has("unet.conv_in.weight", ""));
    CHECK_FALSE(has("unet.half", ""));
    CHECK(has("unet.half", "fp16"));
    CHECK(has("vae.quant_conv.bias", "fp16")); // has no such variant: the plain file
    CHECK(has("unet.non_ema", "non_ema"));
    fs::remove(folder / unet);
    CHECK(has("unet.half", ""));
}

TEST_CASE("sharded weights are read through either spelling of their index", "[models][source]") {
    struct Spelling {
        const char *index, *first, *second;
    };
    const auto spelling = GENERATE(Spelling{"diffusion_pytorch_model.safetensors.index.json",
                                            "diffusion_pytorch_model-00001-of-00002.safetensors",
                                            "diffusion_pytorch_model-00002-of-00002.safetensors"},
                                   Spelling{"diffusion_pytorch_model.safetensors.index.fp16.json",
                                            "diffusion_pytorch_model.fp16-00001-of-00002.safetensors",
                                            "diffusion_pytorch_model.fp16-00002-of-00002.safetensors"},
                                   Spelling{"diffusion_pytorch_model.safetensors.fp16.index.json",
                                            "diffusion_pytorch_model-00001-of-00002.fp16.safetensors",
                                            "diffusion_pytorch_model-00002-of-00002.fp16.safetensors"});
    const TempFolder folder;
    const fs::path component = folder / "unet";
    write_file(component / spelling.first, half_tensors({{"a", 1}, {"b", 2}}));
    write_file(component / spelling.second, half_tensors({{"c", 3}}));
    const auto index = [&spelling](const std::string &map) {
        return R"({"metadata": {"total_size": 12, "by": [1, {"x": null}, -2.5e1, true]}, "weight_map": {)" + map + "}}";
    };
    const std::string first = spelling.first;
    const std::string second = spelling.second;
    const std::string good = R"("a": ")" + first + R"(", "b": ")" + first + R"(", "c": ")" + second + "\"";
    write_file(component / spelling.index, index(good));

    const auto source = Source::open_folder(folder.path());
    CHECK(names(source->abi()) == std::vector<std::string>{"unet.a", "unet.b", "unet.c"});
    CHECK(source->weight_files().size() == 2);
    CHECK(text(*source, (std::string("unet/") + spelling.index).c_str()) == "(absent)");
    CHECK(find_weights(component).bytes == source->size_bytes());

    write_file(component / spelling.index, index(good + R"(, "d": ")" + first + "\""));
    CHECK_THAT(refusal(folder.path()).second, Catch::Contains("'d' is not in '" + first));
    write_file(component / spelling.index, index(R"("a": ")" + first + R"(", "c": ")" + second + "\""));
    CHECK_THAT(refusal(folder.path()).second, Catch::Contains("holds tensor 'b'"));
    write_file(component / spelling.index, index(good));
    write_file(component / second, half_tensors({{"c", 3}, {"a", 1}}));
    CHECK_THAT(refusal(folder.path()).second,
               Catch::Contains("holds tensor 'a', which the index does not place there"));
    fs::remove(component / second);
    CHECK(refusal(folder.path()).first == ABLE_NOT_FOUND);
}

TEST_CASE("an index that breaks a rule is refused with the reason", "[models][source]") {
    struct Row {
        const char *text, *expected;
    };
    const auto row = GENERATE(values<Row>({
        {"", "not valid JSON"},
        {"[]", "an array"},
        {"{}", "no weight_map"},
        {R"({"weight_map": []})", "an array"},
        {R"({"weight_map": "x"})", "a string"},
        {R"({"weight_map": {"a": 1}})", "a number"},
        {R"({"weight_map": {"a": null}})", "null"},
        {R"({"weight_map": {"a": {}}})", "an object"},
        {R"({"weight_map": {"a": "../../x.safetensors"}})", "plain name"},
        {R"({"weight_map": {"a": "sub/x.safetensors"}})", "plain name"},
        {R"({"weight_map": {"a": "/etc/x.safetensors"}})", "plain name"},
        {R"({"weight_map": {"a": "..\\x.safetensors"}})", "plain name"},
        {R"({"weight_map": {"a": ".safetensors"}})", "plain name"},
        {R"({"weight_map": {"a": "x\u0000.safetensors"}})", "plain name"},
        {R"({"weight_map": {"a": "pytorch_model.pt"}})", "plain name"},
        {R"({"weight_map": {"a": "model.gguf"}})", "plain name"},
        {R"({"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}})", "'a' twice"},
        {R"({"weight_map": {}, "weight_map": {}})", "twice"},
        {R"({"metadata": [[[[[[[[[[[[]]]]]]]]]]]], "weight_map": {}})", "nested too deeply"},
        {R"({"weight_map": {}} x)", "not valid JSON"},
    }));
    INFO(row.text);
    const auto [status, text] = able::test::failure<ModelError>([&row] { parse_shard_index(row.text, "index"); });
    CHECK(status == ABLE_BAD_FILE);
    CHECK_THAT(text, Catch::Contains(row.expected));
}

TEST_CASE("weights under a foreign name are refused, and explained", "[models][source]") {
    const TempFolder folder;
    write_model(folder.path());
    fs::rename(folder / unet, folder / "unet/weights.ckpt");
    const auto [status, text] = refusal(folder.path());
    CHECK(status == ABLE_UNSUPPORTED);
    CHECK_THAT(text, Catch::Contains("unet has only weights under a name that diffusers does not use (weights.ckpt)") &&
                         Catch::Contains("diffusion_pytorch_model.bin or pytorch_model.bin"));
    CHECK_THAT(layout_problem(folder.path()), Catch::Contains("weights.ckpt"));
}

TEST_CASE("a folder's .bin weights are read where it has no safetensors", "[models][source]") {
    for (const char *name : {"diffusion_pytorch_model.bin", "pytorch_model.bin", "diffusion_pytorch_model.fp16.bin"}) {
        const TempFolder folder;
        write_model(folder.path());
        fs::remove(folder / unet);
        fs::copy_file(checkpoint, folder / "unet" / name);
        const auto source = Source::open_folder(folder.path());
        CHECK(source->weight_files().front().filename() == name);
        CHECK(std::string(source->abi()->tensor_name(source->abi(), 0)).find('.') != std::string::npos);
        // A component that has both is read from the safetensors file.
        write_file(folder / unet, half_tensors({{"a", 1}}));
        CHECK(Source::open_folder(folder.path())->weight_files().front().extension() == ".safetensors");
    }
}

TEST_CASE("the files of a folder are found with extensions in any case", "[models][source]") {
    const TempFolder folder;
    write_model(folder.path());
    fs::rename(folder / unet, folder / "unet/diffusion_pytorch_model.SafeTensors");
    fs::remove(folder / "text_encoder/model.safetensors");
    fs::copy_file(checkpoint, folder / "text_encoder/pytorch_model.BIN");
    fs::rename(folder / "vae/diffusion_pytorch_model.safetensors",
               folder / "vae/diffusion_pytorch_model-00001-of-00001.SAFETENSORS");
    write_file(folder / "vae/diffusion_pytorch_model.SAFETENSORS.index.json",
               R"({"weight_map": {"quant_conv.bias": "diffusion_pytorch_model-00001-of-00001.SAFETENSORS"}})");
    const auto source = Source::open_folder(folder.path());
    CHECK(names(source->abi()) == std::vector<std::string>{"text_encoder.bias", "text_encoder.weight",
                                                           "unet.conv_in.bias", "unet.conv_in.weight",
                                                           "vae.quant_conv.bias"});
    CHECK(weights_bytes(folder.path()) == source->size_bytes());
}

TEST_CASE("weights of a folder are read in shards of .bin", "[models][source]") {
    const TempFolder folder;
    write_model(folder.path());
    fs::remove(folder / "text_encoder/model.safetensors");
    fs::copy_file(checkpoint, folder / "text_encoder/pytorch_model-00001-of-00001.bin");
    write_file(folder / "text_encoder/pytorch_model.bin.index.json",
               R"({"weight_map": {"bias": "pytorch_model-00001-of-00001.bin",)"
               R"( "weight": "pytorch_model-00001-of-00001.bin"}})");
    const auto source = Source::open_folder(folder.path());
    CHECK(source->abi()->tensor(source->abi(), "text_encoder.weight") != nullptr);
    CHECK(weights_bytes(folder.path()) == source->size_bytes());
}

TEST_CASE("a checkpoint is read under every extension of torch.save", "[models][source][checkpoint]") {
    for (const char *name : {"a.ckpt", "a.pt", "a.pth", "a.bin", "a.PTH"}) {
        CAPTURE(name);
        const TempFolder folder;
        fs::copy_file(checkpoint, folder / name);
        CHECK(is_weight_file_name(name));
        CHECK(without_weight_extension(name) == "a");
        CHECK(names(Source::open(folder / name)->abi()) == std::vector<std::string>{"bias", "weight"});
    }
    CHECK_FALSE(is_weight_file_name("a.gguf"));
    CHECK_FALSE(is_weight_file_name(".bin"));
    CHECK(weight_extensions() == ".safetensors, .bin, .ckpt, .pt or .pth");
}

TEST_CASE("a checkpoint in a hub's snapshot is read by the name of its link", "[models][source][checkpoint]") {
    const TempFolder cache;
    const fs::path repo = cache / "models--org--tiny";
    const fs::path snapshot = repo / "snapshots" / std::string(40, 'a');
    write_model(snapshot);
    fs::remove(snapshot / unet);
    fs::create_directories(repo / "blobs");
    fs::copy_file(checkpoint, repo / "blobs/1234");
    fs::create_symlink("../../../blobs/1234", snapshot / "unet/diffusion_pytorch_model.BIN");
    const auto source = Source::open_folder(snapshot);
    CHECK(source->abi()->tensor(source->abi(), "unet.weight") != nullptr);
}

TEST_CASE("weights are no blobs, whatever the case of their extension", "[models][source]") {
    const TempFolder folder;
    write_model(folder.path());
    write_file(folder / "tokenizer/pieces.model", "pieces");
    const auto source = Source::open_folder(folder.path());
    CHECK(source->abi()->blob(source->abi(), "tokenizer/pieces.model", nullptr) != nullptr);
    for (const char *name : {"tokenizer/a.PTH", "tokenizer/a.bin", "tokenizer/a.ONNX", "tokenizer/a.gguf"}) {
        CAPTURE(name);
        write_file(folder / name, "weights");
        CHECK(source->abi()->blob(source->abi(), name, nullptr) == nullptr);
    }
}

TEST_CASE("what a file of a component's folder is follows from its name", "[models]") {
    using Part = ComponentFile::Part;
    struct Row {
        const char *name, *base, *variant;
        Part part;
    };
    for (const Row &row : {Row{"model.safetensors", "model", "", Part::whole},
                           Row{"pytorch_model.fp16.bin", "pytorch_model", "fp16", Part::whole},
                           Row{"model.fp16-00001-of-00002.safetensors", "model", "fp16", Part::shard},
                           Row{"model-00001-of-00002.fp16.safetensors", "model", "fp16", Part::shard},
                           Row{"pytorch_model-00001-of-00002.BIN", "pytorch_model", "", Part::shard},
                           Row{"model.safetensors.index.json", "model", "", Part::index},
                           Row{"model.safetensors.index.fp16.json", "model", "fp16", Part::index},
                           Row{"model.safetensors.fp16.index.json", "model", "fp16", Part::index},
                           Row{"pytorch_model.bin.index.json", "pytorch_model", "", Part::index}}) {
        CAPTURE(row.name);
        const auto file = component_file(row.name);
        REQUIRE(file);
        CHECK(file->base == row.base);
        CHECK(file->variant == row.variant);
        CHECK(file->part == row.part);
    }
    for (const char *name : {"", "model", ".safetensors", "openvino_model.bin", "model.bin", "model_ema.safetensors",
                             "pytorch_model.safetensors", "pytorch_model.pth", "model..safetensors",
                             "model-1-of-2.safetensors", "model.safetensors.json", "flax_model.msgpack"}) {
        CAPTURE(name);
        CHECK_FALSE(component_file(name));
    }
}

TEST_CASE("a single file comes with the configuration beside it", "[models][source]") {
    const TempFolder folder;
    write_file(folder / "one.safetensors", half_tensors({{"a", 1}}));
    const auto text_of = [&] {
        const auto source = Source::open_file(folder / "one.safetensors");
        const char *text = source->abi()->text(source->abi(), "config.yaml", nullptr);
        return std::string(text != nullptr ? text : "none");
    };
    CHECK(text_of() == "none");
    write_file(folder / "one.yaml", "model: {}");
    CHECK(text_of() == "model: {}");
    write_file(folder / "one.yaml", std::string((1U << 20U) + 1, ' '));
    CHECK_THROWS_WITH(text_of(), Catch::Contains("one.yaml"));
}

TEST_CASE("an incomplete folder says what is missing", "[models][source]") {
    const TempFolder folder;
    CHECK(refusal(folder / "nothing").first == ABLE_NOT_FOUND);
    CHECK_THAT(refusal(folder.path()).second, Catch::Contains("no folder with weights"));
    write_model(folder.path());
    CHECK(layout_problem(folder.path()).empty());
    fs::remove(folder / "vae/diffusion_pytorch_model.safetensors");
    CHECK_THAT(refusal(folder.path()).second, Catch::Contains("vae has no weights"));
    fs::create_symlink("../gone", folder / "vae/diffusion_pytorch_model.safetensors");
    CHECK_THAT(refusal(folder.path()).second,
               Catch::Contains("vae/diffusion_pytorch_model.safetensors is a link to a file that is not there"));
    CHECK(refusal(folder / unet).first == ABLE_NOT_FOUND); // a file is no folder
}

TEST_CASE("a damaged file of a folder is named", "[models][source]") {
    const TempFolder folder;
    write_model(folder.path());
    write_file(folder / "vae/diffusion_pytorch_model.safetensors", "short");
    const auto [status, text] = refusal(folder.path());
    CHECK(status == ABLE_BAD_FILE);
    CHECK_THAT(text, Catch::Contains("vae/diffusion_pytorch_model.safetensors"));
}

TEST_CASE("links may not lead out of a model folder", "[models][source]") {
    const TempFolder folder;
    write_model(folder / "model");
    write_file(folder / "secret.json", "secret");
    write_file(folder / "elsewhere/weights.safetensors", half_tensors({{"a", 1}}));

    SECTION("a text") {
        fs::create_symlink("../../secret.json", folder / "model/unet/extra.json");
        const auto [status, text] = refusal(folder / "model");
        CHECK(status == ABLE_BAD_FILE);
        CHECK_THAT(text, Catch::Contains("leads out of the model's folder"));
    }
    SECTION("weights, unless their place is trusted") {
        fs::remove(folder / "model" / unet);
        fs::create_symlink(folder / "elsewhere/weights.safetensors", folder / "model" / unet);
        CHECK_THAT(refusal(folder / "model").second, Catch::Contains("leads out"));
        FolderOptions options;
        options.trusted_roots = {folder / "elsewhere"};
        CHECK(refusal(folder / "model", options).first == 0);
        options.trusted_roots = {folder / "else"}; // a prefix of the name is not a folder above it
        CHECK_THAT(refusal(folder / "model", options).second, Catch::Contains("leads out"));
    }
    SECTION("a component's folder") {
        fs::rename(folder / "model/vae", folder / "elsewhere/vae");
        fs::create_directory_symlink(folder / "elsewhere/vae", folder / "model/vae");
        CHECK_THAT(refusal(folder / "model").second, Catch::Contains("leads out"));
    }
    SECTION("a shard") {
        fs::remove(folder / "model" / unet);
        fs::create_symlink(folder / "elsewhere/weights.safetensors",
                           folder / "model/unet/diffusion_pytorch_model-00001-of-00001.safetensors");
        write_file(folder / "model/unet/diffusion_pytorch_model.safetensors.index.json",
                   R"({"weight_map": {"a": "diffusion_pytorch_model-00001-of-00001.safetensors"}})");
        CHECK_THAT(refusal(folder / "model").second, Catch::Contains("leads out"));
    }
    SECTION("links within it are followed, and so is a link to it") {
        fs::rename(folder / "model" / unet, folder / "model/weights");
        fs::create_symlink("../weights", folder / "model" / unet);
        fs::create_directory_symlink("model", folder / "alias");
        CHECK(refusal(folder / "alias").first == 0);
    }
}

TEST_CASE("a hub snapshot's links lead to its repository's blobs and no further", "[models][source]") {
    const TempFolder cache;
    const fs::path repo = cache / "models--org--tiny";
    const fs::path snapshot = repo / "snapshots" / std::string(40, 'a');
    write_model(snapshot);
    fs::create_directories(repo / "blobs");
    fs::rename(snapshot / unet, repo / "blobs/1234");
    fs::create_symlink("../../../blobs/1234", snapshot / unet);
    const auto source = Source::open_folder(snapshot);
    CHECK(source->name() == "org/tiny");
    CHECK(source->abi()->tensor(source->abi(), "unet.conv_in.bias") != nullptr);

    write_file(cache / "models--org--other/blobs/5678", half_tensors({{"a", 1}}));
    fs::remove(snapshot / unet);
    fs::create_symlink("../../../../models--org--other/blobs/5678", snapshot / unet);
    CHECK_THAT(refusal(snapshot).second, Catch::Contains("leads out"));
}

TEST_CASE("the embeddings inside a LoRA are files of their own", "[models][source]") {
    const TempFolder folder;
    const fs::path file = folder / "lora.safetensors";
    write_file(file, half_tensors({{"a.lora_down.weight", 1},
                                   {"bundle_emb.zork.clip_g", 1},
                                   {"bundle_emb.zork.clip_l", 1},
                                   {"bundle_emb.<cat>.string_to_param.*", 1}}));
    const auto lora = Source::open_file(file);
    CHECK(names(lora->abi()) == std::vector<std::string>{"a.lora_down.weight"});
    CHECK(lora->bundled() == std::vector<std::string>{"<cat>", "zork"});
    CHECK(names(Source::open_bundled(file, "zork")->abi()) == std::vector<std::string>{"clip_g", "clip_l"});
    CHECK(names(Source::open_bundled(file, "<cat>")->abi()) == std::vector<std::string>{"string_to_param.*"});
    CHECK(able::test::failure<ModelError>([&] { Source::open_bundled(file, "zor"); }).first == ABLE_NOT_FOUND);
}

TEST_CASE("a text that is too large is refused before it is read", "[models][source]") {
    const TempFolder folder;
    write_model(folder.path());
    write_file(folder / "tokenizer/vocab.json", "");
    fs::resize_file(folder / "tokenizer/vocab.json", (16U << 20U) + 1);
    const auto [status, text] = refusal(folder.path());
    CHECK(status == ABLE_BAD_FILE);
    CHECK_THAT(text, Catch::Contains("tokenizer/vocab.json") && Catch::Contains("16777217 bytes"));
}

} // namespace models_source_test
