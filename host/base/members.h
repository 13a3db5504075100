// A struct names its members once, and its JSON follows from that:
//
//     struct Step {
//         std::uint32_t image = 0;
//         static constexpr auto members() { return std::tuple(base::member("image", &Step::image)); }
//     };
//
// Documents may come from hostile processes, so reading is strict, which nlohmann's own conversions are not: they turn
// -1 and 1.5 into unsigned numbers.
#pragma once

#include "plain_text.h"
#include "quote.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace able::base {

template <class Struct, class Value>
struct Member {
    const char *name;
    Value Struct::*place;
    bool may_lack = false; // a document without it is read, and the member keeps its initial value
    // Of a text, or of each text of a list: it becomes plain_text() of at most so many bytes. 0: it stays as it is.
    std::size_t longest = 0;
};

template <class Struct, class Value>
constexpr Member<Struct, Value> member(const char *name, Value Struct::*place) {
    return {name, place, false};
}

// For texts from plugins and files, which people read.
template <class Struct, class Value>
constexpr Member<Struct, Value> text_member(const char *name, Value Struct::*place, std::size_t longest) {
    return {name, place, false, longest};
}

// For members that documents of an earlier version lack.
template <class Struct, class Value>
constexpr Member<Struct, Value> later_member(const char *name, Value Struct::*place) {
    return {name, place, true};
}

template <class T>
concept HasMembers = requires {
    T::members();
};

// An enumeration has a function `names_of(T)` beside it: a range of pairs of a value and its name.
template <class T>
concept HasNames = requires(T value) {
    names_of(value);
};

// The alternatives of such a variant each have `static constexpr Tag tag`, which tells them apart in a document.
struct Tag {
    const char *member; // "type"
    const char *name;   // "step"
};

template <class T, template <class...> class Template>
constexpr bool is_a = false;
template <template <class...> class Template, class... Arguments>
constexpr bool is_a<Template<Arguments...>, Template> = true;

// A document that is not what it must be: `what` says which part.
class MemberError : public std::runtime_error {
public:
    using runtime_error::runtime_error;
};

// A place inside a document, for errors: "loras[0].path".
struct DocumentPlace {
    const DocumentPlace *outer = nullptr; // null: the document itself, which `name` names: "the message 'step'"
    std::string_view name = {};
    std::size_t index = std::string_view::npos;

    std::string path() const {
        if (outer == nullptr) {
            return "";
        }
        const std::string start = outer->path();
        return index != std::string_view::npos ? start + "[" + std::to_string(index) + "]"
                                               : start + (start.empty() ? "" : ".") + std::string(name);
    }
    std::string_view document() const { return outer == nullptr ? name : outer->document(); }

    [[noreturn]] void fail(std::string_view expected) const {
        const std::string inside = path();
        throw MemberError(inside.empty() ? std::string(document()) + " must be " + std::string(expected)
                                         : "in " + std::string(document()) + ", \"" + inside + "\" must be " +
                                               std::string(expected));
    }
    [[noreturn]] void lacks() const { throw MemberError(std::string(document()) + " has no \"" + path() + "\""); }
};

template <class T>
nlohmann::json to_document(const T &value);
template <class T>
void read_document(const nlohmann::json &document, T &value, const DocumentPlace &place);

namespace members_detail {

using nlohmann::json;

constexpr std::size_t most_texts = 100; // in a list of texts for people

template <class T>
void read_number(const json &document, T &value, const DocumentPlace &place) {
    if constexpr (std::floating_point<T>) {
        if (!document.is_number() || !std::isfinite(document.get<T>())) {
            place.fail("a finite number");
        }
    } else {
        using Limits = std::numeric_limits<T>;
        const bool fits = document.is_number_unsigned()
                              ? std::in_range<T>(document.get<std::uint64_t>())
                              : document.is_number_integer() && std::in_range<T>(document.get<std::int64_t>());
        if (!fits) {
            place.fail("a whole number from " + std::to_string(Limits::min()) + " to " + std::to_string(Limits::max()));
        }
    }
    value = document.get<T>();
}

template <class Enumeration>
void read_name(const json &document, Enumeration &value, const DocumentPlace &place) {
    std::string expected;
    for (const auto &[each, name] : names_of(value)) {
        if (document == name) {
            value = each;
            return;
        }
        expected += (expected.empty() ? "" : " or ") + std::string(name);
    }
    place.fail(expected);
}

template <class T>
void read_list(const json &document, std::vector<T> &list, const DocumentPlace &place) {
    if (!document.is_array()) {
        place.fail("a list");
    }
    list.clear();
    list.reserve(document.size());
    for (const json &element : document) {
        const DocumentPlace inside{&place, {}, list.size()};
        read_document(element, list.emplace_back(), inside);
    }
}

template <class T>
void make_plain(T &value, std::size_t longest) {
    if constexpr (std::same_as<T, std::string>) {
        value = plain_text(value, longest);
    } else if constexpr (std::same_as<T, std::vector<std::string>>) {
        value.resize(std::min(value.size(), most_texts));
        for (std::string &text : value) {
            text = plain_text(text, longest);
        }
    }
}

template <class Struct>
void read_members(const json &document, Struct &value, const DocumentPlace &place) {
    if (!document.is_object()) {
        place.fail("an object");
    }
    const auto read = [&](const auto &member) {
        auto &to = value.*member.place;
        const DocumentPlace inside{&place, member.name};
        const auto found = document.find(member.name);
        if (found != document.end()) {
            read_document(*found, to, inside);
            if (member.longest > 0) {
                make_plain(to, member.longest);
            }
        } else if (!member.may_lack && !is_a<std::remove_cvref_t<decltype(to)>, std::optional>) {
            inside.lacks();
        }
    };
    std::apply([&](const auto &...members) { (read(members), ...); }, Struct::members());
}

template <class Variant, std::size_t Index = 0>
void read_tagged(const json &document, Variant &value, const DocumentPlace &place) {
    constexpr const char *tag = std::variant_alternative_t<0, Variant>::tag.member;
    if constexpr (Index == 0) {
        if (!document.is_object() || !document.contains(tag) || !document.at(tag).is_string()) {
            throw MemberError(std::string(place.document()) + " does not say what it is: it lacks \"" + tag + "\"");
        }
    }
    if constexpr (Index == std::variant_size_v<Variant>) {
        const DocumentPlace inside{&place, tag};
        inside.fail("one that is known here, not " + quote(document.at(tag).template get_ref<const std::string &>()));
    } else {
        using Alternative = std::variant_alternative_t<Index, Variant>;
        if (document.at(tag) != Alternative::tag.name) {
            return read_tagged<Variant, Index + 1>(document, value, place);
        }
        Alternative alternative;
        read_members(document, alternative, place);
        value = std::move(alternative);
    }
}

} // namespace members_detail

// Numbers, texts, bytes, lists, pairs, optional values, enumerations with names, documents, structs with members and
// variants of tagged ones.
template <class T>
nlohmann::json to_document(const T &value) {
    using nlohmann::json;
    if constexpr (std::same_as<T, std::vector<std::uint8_t>>) {
        return json::binary(value);
    } else if constexpr (is_a<T, std::vector>) {
        json list = json::array();
        for (const auto &element : value) {
            list.push_back(to_document(element));
        }
        return list;
    } else if constexpr (is_a<T, std::pair>) {
        return json::array({to_document(value.first), to_document(value.second)});
    } else if constexpr (is_a<T, std::optional>) {
        return value ? to_document(*value) : json(nullptr);
    } else if constexpr (HasNames<T>) {
        for (const auto &[each, name] : names_of(value)) {
            if (each == value) {
                return name;
            }
        }
        return nullptr;
    } else if constexpr (HasMembers<T>) {
        json document = json::object();
        std::apply([&](const auto &...members) { ((document[members.name] = to_document(value.*members.place)), ...); },
                   T::members());
        return document;
    } else if constexpr (is_a<T, std::variant>) {
        return std::visit(
            [](const auto &alternative) {
                json document = to_document(alternative);
                document[alternative.tag.member] = alternative.tag.name;
                return document;
            },
            value);
    } else {
        return value;
    }
}

// `value` has its initial value before; a member that a document may lack keeps it. Throws MemberError.
template <class T>
void read_document(const nlohmann::json &document, T &value, const DocumentPlace &place) {
    using nlohmann::json;
    if constexpr (std::same_as<T, bool>) {
        document.is_boolean() ? void(value = document.get<bool>()) : place.fail("true or false");
    } else if constexpr (std::integral<T> || std::floating_point<T>) {
        members_detail::read_number(document, value, place);
    } else if constexpr (std::same_as<T, std::string>) {
        document.is_string() ? void(value = document.get_ref<const std::string &>()) : place.fail("a text");
    } else if constexpr (std::same_as<T, std::vector<std::uint8_t>>) {
        document.is_binary() ? void(value = document.get_binary()) : place.fail("bytes");
    } else if constexpr (std::same_as<T, json>) {
        document.is_object() ? void(value = document) : place.fail("an object");
    } else if constexpr (is_a<T, std::vector>) {
        members_detail::read_list(document, value, place);
    } else if constexpr (is_a<T, std::pair>) {
        if (!document.is_array() || document.size() != 2) {
            place.fail("a pair");
        }
        read_document(document[0], value.first, DocumentPlace{&place, {}, 0});
        read_document(document[1], value.second, DocumentPlace{&place, {}, 1});
    } else if constexpr (is_a<T, std::optional>) {
        value.reset();
        if (!document.is_null()) {
            read_document(document, value.emplace(), place);
        }
    } else if constexpr (HasNames<T>) {
        members_detail::read_name(document, value, place);
    } else if constexpr (HasMembers<T>) {
        members_detail::read_members(document, value, place);
    } else {
        static_assert(is_a<T, std::variant>, "give the struct members()");
        members_detail::read_tagged(document, value, place);
    }
}

// `name` is how errors call the document: "the message 'step'". Throws MemberError.
template <class T>
T from_document(const nlohmann::json &document, std::string_view name) {
    T value;
    read_document(document, value, DocumentPlace{nullptr, name});
    return value;
}

} // namespace able::base
