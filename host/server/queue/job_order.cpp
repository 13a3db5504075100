#include "job_order.h"

#include <algorithm>

namespace able::server {

void JobOrder::push(std::string id, std::string model) {
    entries_.push_back({std::move(id), std::move(model)});
}

std::deque<JobOrder::Entry>::iterator JobOrder::find(std::string_view id) {
    return std::find_if(entries_.begin(), entries_.end(), [&](const Entry &entry) { return entry.id == id; });
}

void JobOrder::push_front(std::string id, std::string model, Time due) {
    entries_.push_front({std::move(id), std::move(model), 0, due});
}

std::optional<std::string> JobOrder::take(const std::vector<std::string> &loaded_models, Time now) {
    const auto is_due = [now](const Entry &entry) {
        return entry.due <= now;
    };
    auto chosen = std::find_if(entries_.begin(), entries_.end(), is_due);
    if (chosen == entries_.end()) {
        return std::nullopt;
    }
    for (auto entry = chosen; !loaded_models.empty() && entry != entries_.end(); ++entry) {
        if (!is_due(*entry)) {
            continue;
        }
        if (std::find(loaded_models.begin(), loaded_models.end(), entry->model) != loaded_models.end()) {
            chosen = entry;
            break;
        }
        // Nobody overtakes a job that has waited its share.
        if (entry->passes >= max_passes) {
            break;
        }
    }
    std::for_each(entries_.begin(), chosen, [&](Entry &entry) { entry.passes += is_due(entry) ? 1 : 0; });
    std::string id = std::move(chosen->id);
    entries_.erase(chosen);
    return id;
}

JobOrder::Time JobOrder::due() const {
    Time earliest = Time::max();
    for (const Entry &entry : entries_) {
        earliest = std::min(earliest, entry.due);
    }
    return earliest;
}

bool JobOrder::remove(std::string_view id) {
    const auto entry = find(id);
    if (entry == entries_.end()) {
        return false;
    }
    entries_.erase(entry);
    return true;
}

std::size_t JobOrder::move(std::string_view id, std::size_t position) {
    const auto entry = find(id);
    if (entry == entries_.end()) {
        return 0;
    }
    Entry moved = std::move(*entry);
    entries_.erase(entry);
    const std::size_t index = std::min(position == 0 ? 0 : position - 1, entries_.size());
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(index), std::move(moved));
    return index + 1;
}

std::vector<std::string> JobOrder::ids() const {
    std::vector<std::string> result;
    for (const Entry &entry : entries_) {
        result.push_back(entry.id);
    }
    return result;
}

} // namespace able::server
