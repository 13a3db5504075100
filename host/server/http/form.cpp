#include "form.h"

#include <Poco/Exception.h>
#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/MultipartReader.h>
#include <Poco/Net/NameValueCollection.h>
#include <Poco/StreamCopier.h>
#include <Poco/String.h>

#include <sstream>

namespace able::http {
namespace {

constexpr std::size_t longest_boundary = 70; // RFC 2046, section 5.1.1

[[noreturn]] void refuse_form(const std::string &what) {
    throw HttpError(400, "invalid_form", "the body is not multipart/form-data: " + what);
}

std::string media_type(std::string_view content_type) {
    return Poco::toLower(Poco::trim(std::string(content_type.substr(0, content_type.find(';')))));
}

std::string boundary_of(const std::string &content_type) {
    std::string media;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(content_type, media, parameters);
    std::string boundary = parameters.get("boundary", "");
    if (boundary.empty() || boundary.size() > longest_boundary) {
        refuse_form("Content-Type needs a boundary of 1 to 70 characters");
    }
    return boundary;
}

FormPart read_part(const Poco::Net::MessageHeader &header, std::istream &stream, const BodyRules &rules) {
    std::string disposition;
    Poco::Net::NameValueCollection parameters;
    Poco::Net::MessageHeader::splitParameters(header.get("Content-Disposition", ""), disposition, parameters);
    if (Poco::toLower(disposition) != "form-data" || parameters.get("name", "").empty()) {
        refuse_form("each part needs a header Content-Disposition: form-data with a name");
    }
    FormPart part{parameters.get("name"), parameters.get("filename", ""), header.get("Content-Type", ""), {}};
    Poco::StreamCopier::copyToString(stream, part.bytes);
    if (part.bytes.size() > rules.max_part_size) {
        throw HttpError(413, "body_too_large",
                        "the part " + part.name.substr(0, 100) + " has more than " +
                            std::to_string(rules.max_part_size) + " bytes");
    }
    return part;
}

} // namespace

bool is_form(std::string_view content_type) {
    return media_type(content_type) == "multipart/form-data";
}

std::vector<FormPart> parse_form(const std::string &content_type, const std::string &body, const BodyRules &rules) {
    if (!is_form(content_type)) {
        throw HttpError(415, "form_required", "send a form, with the header Content-Type: multipart/form-data");
    }
    const std::string boundary = boundary_of(content_type);
    // Poco's reader takes the end of the body for the end of the last part.
    if (!Poco::trimRight(body).ends_with("--" + boundary + "--")) {
        refuse_form("it ends before its last boundary");
    }
    std::vector<FormPart> parts;
    try {
        std::istringstream stream(body);
        Poco::Net::MultipartReader reader(stream, boundary);
        while (reader.hasNextPart()) {
            if (parts.size() == rules.max_parts) {
                throw HttpError(413, "body_too_large",
                                "the form has more than " + std::to_string(rules.max_parts) + " parts");
            }
            Poco::Net::MessageHeader header;
            reader.nextPart(header);
            parts.push_back(read_part(header, reader.stream(), rules));
        }
    } catch (const Poco::Exception &error) {
        refuse_form(error.displayText());
    }
    return parts;
}

} // namespace able::http
