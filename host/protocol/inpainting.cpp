#include "inpainting.h"

namespace able::protocol {

void to_json(nlohmann::json &json, const Inpainting &inpainting) {
    json = {{"mask", nlohmann::json::binary(inpainting.mask)},
            {"blur", inpainting.blur},
            {"invert", inpainting.invert},
            {"only_masked", inpainting.only_masked},
            {"padding", inpainting.padding},
            {"content", inpainting.content}};
}

void from_json(const nlohmann::json &json, Inpainting &inpainting) {
    inpainting.mask = json.at("mask").get_binary();
    json.at("blur").get_to(inpainting.blur);
    json.at("invert").get_to(inpainting.invert);
    json.at("only_masked").get_to(inpainting.only_masked);
    json.at("padding").get_to(inpainting.padding);
    json.at("content").get_to(inpainting.content);
}

} // namespace able::protocol
