#include "host/images/metadata.h"

#include <catch2/catch.hpp>

namespace images_metadata_test {

using namespace able::images;

namespace {

Parameters typical() {
    Parameters p;
    p.prompt = "a photo of an astronaut, riding: a horse";
    p.negative_prompt = "blurry";
    p.steps = 20;
    p.sampler = "Euler a";
    p.schedule_type = "Automatic";
    p.cfg_scale = 7.5;
    p.seed = 1;
    p.width = 512;
    p.height = 768;
    p.model_hash = "6ce0161689";
    p.model = "v1-5";
    p.version = "AbleRefusal 0.1.0";
    return p;
}

} // namespace

TEST_CASE("settings are written as other programs read them", "[images][metadata]") {
    CHECK(parameters_text(typical()) ==
          "a photo of an astronaut, riding: a horse\nNegative prompt: blurry\n"
          "Steps: 20, Sampler: Euler a, Schedule type: Automatic, CFG scale: 7.5, Seed: 1, Size: 512x768, "
          "Model hash: 6ce0161689, Model: v1-5, Version: AbleRefusal 0.1.0");
}

TEST_CASE("what is not set is left out", "[images][metadata]") {
    Parameters p;
    p.prompt = "x";
    p.steps = 1;
    p.cfg_scale = 7;
    p.width = p.height = 64;
    CHECK(parameters_text(p) == "x\nSteps: 1, CFG scale: 7, Seed: 0, Size: 64x64");
}

TEST_CASE("optional settings come in their usual places", "[images][metadata]") {
    Parameters p = typical();
    p.denoising_strength = 0.75;
    p.clip_skip = 2;
    p.vae_hash = "0123456789";
    p.vae = "vae-ft-mse";
    p.lora_hashes = {{"detail", "aaaa"}, {"style", "bbbb"}};
    p.extra = {{"RNG", "CPU"}, {"Note", "a, b"}};
    p.seed = 18446744073709551615ULL;
    const std::string text = parameters_text(p);
    CHECK_THAT(text, Catch::EndsWith("Seed: 18446744073709551615, Size: 512x768, Model hash: 6ce0161689, Model: v1-5, "
                                     "VAE hash: 0123456789, VAE: vae-ft-mse, Denoising strength: 0.75, Clip skip: 2, "
                                     "Lora hashes: \"detail: aaaa, style: bbbb\", RNG: CPU, Note: \"a, b\", "
                                     "Version: AbleRefusal 0.1.0"));
}

TEST_CASE("values with separators are quoted as JSON strings", "[images][metadata]") {
    CHECK(quote_value("plain text") == "plain text");
    CHECK(quote_value("") == "");
    CHECK(quote_value("a,b") == R"("a,b")");
    CHECK(quote_value("a:b") == R"("a:b")");
    CHECK(quote_value("a\nb") == R"("a\nb")");
    CHECK(quote_value("say \"x\"") == "say \"x\"");
    CHECK(quote_value("say: \"x\\y\"") == R"("say: \"x\\y\"")");
    CHECK(quote_value("ä,\x01\t") == "\"ä,\\u0001\\t\"");
}

TEST_CASE("numbers are written in full and as short as they can be", "[images][metadata]") {
    Parameters p = typical();
    const auto cfg = [&p](double value) {
        p.cfg_scale = value;
        const std::string text = parameters_text(p);
        const std::size_t start = text.find("CFG scale: ") + 11;
        return text.substr(start, text.find(',', start) - start);
    };
    CHECK(cfg(7.0) == "7");
    CHECK(cfg(0.1) == "0.1");
    CHECK(cfg(1e-7) == "0.0000001");
    CHECK(cfg(30) == "30");
}

} // namespace images_metadata_test
