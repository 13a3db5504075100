// What bf16 costs, bounded at about twice what was measured; docs/precision.md has the table.
#include "sampling_run.h"

#include <catch2/catch.hpp>
#include <iostream>

using namespace able::golden;

TEST_CASE("measure") {
    LoadedModel model({.device = "cpu", .dtype = "bf16"});
    for (const auto &entry : index()["runs"]) {
        if (entry.contains("loras")) {
            continue;
        }
        const Picture picture = run(model, entry["name"]);
        std::cout << entry["name"] << " latents "
                  << relative_error(picture.latents, array(entry["tensors"]["latents"]).values) << " psnr "
                  << psnr(picture.pixels, bytes(entry["tensors"]["image"])) << "\n";
    }
}
