#include "picture_loras.h"

#include "host/prompt/error.h"
#include "host/prompt/tags.h"
#include "refusal.h"

#include <algorithm>

namespace able::server {
namespace {

std::string_view last_part(std::string_view id) {
    return id.substr(id.rfind('/') + 1);
}

// As a tag has to name it.
std::string tag_name(const std::string &id) {
    std::string name;
    for (const char c : id) {
        name += c == '\\' ? "\\\\" : std::string(1, c);
    }
    return name;
}

} // namespace

PictureLora *PictureLoras::known(const std::string &name) {
    const auto by = [this](auto fits) {
        const auto found = std::find_if(loras_.begin(), loras_.end(), fits);
        return found == loras_.end() ? nullptr : &*found;
    };
    if (auto *lora = by([&](const PictureLora &each) { return each.id == name; })) {
        return lora;
    }
    if (auto *lora = by([&](const PictureLora &each) { return last_part(each.id) == last_part(name); })) {
        return lora;
    }
    const auto here = find_lora(catalogue_, name);
    return here.entry == nullptr ? nullptr : by([&](const PictureLora &each) { return each.id == here.entry->id; });
}

const LoraEntry *PictureLoras::find(const std::string &name, const std::string &hash) {
    const auto named = find_lora(catalogue_, name);
    const LoraEntry *same_file = nullptr;
    for (const LoraEntry &entry : catalogue_.loras) {
        if (has_hash(entry.hashes, hash)) {
            same_file = &entry;
        }
    }
    if (named.entry == nullptr && same_file == nullptr) {
        warnings_.push_back(named.ambiguous
                                ? "the LoRA " + quoted(name) + " is left out: " + named.message
                                : "the LoRA " + quoted(name) + " is left out: it is not here" +
                                      (hash.empty() ? "" : ", nor is a file with its hash, " + hash.substr(0, 12)));
        return nullptr;
    }
    if (named.entry == nullptr || (same_file != nullptr && !has_hash(named.entry->hashes, hash))) {
        return same_file;
    }
    if (!named.entry->ready) {
        warnings_.push_back("the LoRA " + quoted(named.entry->id) +
                            " is left out: it cannot be used: " + named.entry->reason);
        return nullptr;
    }
    if (!hash.empty() && !named.entry->hashes.sha256.empty() && !has_hash(named.entry->hashes, hash)) {
        warnings_.push_back("the LoRA " + quoted(named.entry->id) +
                            " here is another file than the picture's, whose "
                            "hash begins with " +
                            hash.substr(0, 12));
    }
    return named.entry;
}

std::string PictureLoras::tag_here(std::string_view tag, std::string_view kind, std::string_view arguments) {
    if (kind != "lora" && kind != "lyco") {
        warnings_.push_back("the tag " + quoted(std::string(tag)) + " is left out: only LoRAs have tags here");
        return "";
    }
    prompt::LoraTag lora;
    try {
        lora = prompt::take_tags(tag).loras.at(0);
    } catch (const prompt::PromptError &error) {
        warnings_.push_back("the tag " + quoted(std::string(tag)) + " is left out: " + error.what());
        return "";
    }
    PictureLora *own = known(lora.name);
    if (own != nullptr) {
        own->tagged = true;
    }
    const LoraEntry *entry = own != nullptr ? find(own->id, own->hash) : find(lora.name, "");
    if (entry == nullptr) {
        return "";
    }
    if (std::find(used_.begin(), used_.end(), entry->id) != used_.end()) {
        warnings_.push_back("the tag " + quoted(std::string(tag)) +
                            " is left out: an earlier tag names its LoRA; add the weights up");
        return "";
    }
    used_.push_back(entry->id);
    if (find_lora(catalogue_, lora.name).entry == entry) {
        return std::string(tag);
    }
    if (entry->id.find_first_of(":>") == std::string::npos) {
        return "<lora:" + tag_name(entry->id) +
               std::string(arguments.substr(std::min(arguments.find(':'), arguments.size()))) + ">";
    }
    rest_.push_back({{"name", entry->id}, {"weight", lora.unet_weight}, {"text_weight", lora.text_weight}});
    if (!lora.blocks.empty()) {
        rest_.back()["block_weights"] = lora.blocks;
    }
    return "";
}

std::string PictureLoras::take_prompt(const std::string &prompt) {
    std::string out;
    std::size_t done = 0;
    for (const auto &place : prompt::find_tags(prompt)) {
        out += prompt.substr(done, place.begin - done);
        out += tag_here(std::string_view(prompt).substr(place.begin, place.length), place.kind, place.arguments);
        done = place.begin + place.length;
    }
    return out + prompt.substr(done);
}

nlohmann::json PictureLoras::rest() {
    for (const PictureLora &lora : loras_) {
        if (lora.tagged) {
            continue;
        }
        if (lora.request.empty()) {
            warnings_.push_back("the LoRA " + quoted(lora.id) +
                                " is left out: the picture names it without saying its weight");
            continue;
        }
        const LoraEntry *entry = find(lora.id, lora.hash);
        if (entry == nullptr) {
            continue;
        }
        nlohmann::json own = lora.request;
        own["name"] = entry->id;
        rest_.push_back(std::move(own));
    }
    return std::move(rest_);
}

} // namespace able::server
