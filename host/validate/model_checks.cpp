// What pipelines and adapters must do where there is no model: leave alone what is not theirs, and fail in words.
#include "check.h"
#include "plain_job.h"
#include "trial.h"

#include "host/plugins/calls/calls.h"

#include <ablerefusal/glue.hpp>

#include <array>
#include <cstring>
#include <string_view>

namespace able::validate {

namespace {

// A source with one small tensor that is nobody's, or with nothing.
class StrangeSource {
public:
    StrangeSource(std::int32_t kind, bool empty) : empty_(empty), abi_(make_struct<able_source>()) {
        view_.data = values_.data();
        view_.device_type = ABLE_DEVICE_CPU;
        view_.ndim = 2;
        view_.dtype_code = ABLE_DTYPE_FLOAT;
        view_.dtype_bits = 32;
        view_.dtype_lanes = 1;
        view_.shape = shape_.data();
        abi_.kind = kind;
        abi_.name = "strange";
        abi_.host = this;
        abi_.tensor_count = [](const able_source *source) noexcept -> std::uint64_t {
            return self(source).empty_ ? 0 : 1;
        };
        abi_.tensor_name = [](const able_source *source, std::uint64_t index) noexcept -> const char * {
            return self(source).empty_ || index > 0 ? nullptr : check_name;
        };
        abi_.tensor = [](const able_source *source, const char *name) noexcept -> const able_view * {
            return self(source).empty_ || name == nullptr || std::string_view(name) != check_name ? nullptr
                                                                                                  : &self(source).view_;
        };
        abi_.quantisation = [](const able_source *, const char *) noexcept -> const able_quantisation * {
            return nullptr;
        };
        abi_.text = [](const able_source *, const char *, std::uint64_t *) noexcept -> const char * {
            return nullptr;
        };
        abi_.blob = [](const able_source *, const char *, std::uint64_t *) noexcept -> const void * {
            return nullptr;
        };
        abi_.metadata = [](const able_source *, const char *) noexcept -> const char * {
            return nullptr;
        };
    }
    StrangeSource(const StrangeSource &) = delete;
    StrangeSource &operator=(const StrangeSource &) = delete;

    const able_source *abi() const { return &abi_; }
    std::string name() const {
        return std::string(empty_ ? "an empty " : "a strange ") + (abi_.kind == ABLE_SOURCE_FOLDER ? "folder" : "file");
    }

private:
    static constexpr const char *check_name = "nobody.knows.this";
    static const StrangeSource &self(const able_source *source) {
        return *static_cast<const StrangeSource *>(source->host);
    }
    bool empty_;
    std::array<float, 4> values_{};
    std::array<std::int64_t, 2> shape_{2, 2};
    able_view view_{};
    able_source abi_;
};

template <class Try>
void for_each_source(Try attempt) {
    for (const std::int32_t kind : {ABLE_SOURCE_FOLDER, ABLE_SOURCE_FILE}) {
        for (const bool empty : {true, false}) {
            const StrangeSource source(kind, empty);
            attempt(source);
        }
    }
}

template <class Object, class Probe>
std::string check_probe(const Subject<Object> &subject) {
    for_each_source([&](const StrangeSource &source) {
        auto opinion = make_struct<Probe>();
        const able_status status = subject.object.probe(source.abi(), &opinion);
        if (status == ABLE_OK && opinion.score > 0) {
            throw Failure("takes " + source.name() + " for its own, with a score of " + std::to_string(opinion.score));
        }
    });
    return "nothing and strange files are not its own";
}

// `made` is what the call handed out.
void require_refusal(const std::string &what, able_status status, const PlainJob &job, const void *made) {
    if (status == ABLE_OK || made != nullptr) {
        throw Failure(what + " is accepted");
    }
    if (job.message.empty()) {
        throw Failure(what + " fails with " + in_words(status) + " and without a text");
    }
}

std::string check_load(const Subject<able_pipeline> &subject) {
    const plugins::DefaultParams defaults(subject.object.descriptor);
    for_each_source([&](const StrangeSource &source) {
        const able_component component{sizeof(able_component), ABLE_ROLE_MODEL, source.abi()};
        const able_component *const components = &component;
        auto request = make_struct<able_load_request>();
        request.component_count = 1;
        request.components = &components;
        request.threads = 1;
        request.device = "cpu";
        request.dtype = "fp32";
        request.params = defaults.abi();
        const PlainJob job;
        able_model *model = nullptr;
        const able_status status = subject.object.load(&request, job.get(), &model);
        require_refusal("loading " + source.name(), status, job, model);
    });
    return "nothing and strange files are refused in words";
}

std::string check_open(const Subject<able_adapter> &subject) {
    auto targets = make_struct<able_targets>();
    targets.family = "sd1";
    targets.count = [](const able_targets *) noexcept {
        return std::uint32_t{0};
    };
    targets.at = [](const able_targets *, std::uint32_t) noexcept -> const able_target * {
        return nullptr;
    };
    for_each_source([&](const StrangeSource &source) {
        const PlainJob job;
        able_adapter_file *file = nullptr;
        const plugins::ParamValues defaults(subject.description.params, nlohmann::json::object());
        const able_status status = subject.object.open(source.abi(), &targets, defaults.abi(), job.get(), &file);
        require_refusal("opening " + source.name(), status, job, file);
    });
    return "nothing and strange files are refused in words";
}

template <class Object>
std::string check_range(const Subject<Object> &subject) {
    return check_ranges(subject.description);
}

constexpr const char *probe_advice = "give a score of 0 to whatever lacks the tensors that tell";
constexpr const char *refuse_advice = "call job->fail with what is missing and return its status";
constexpr const char *range_advice =
    "declare a minimum and a maximum that a request can be told to lie beyond; those of an int are whole";

} // namespace

const std::vector<Check<able_pipeline>> &pipeline_checks() {
    static const std::vector<Check<able_pipeline>> checks{
        {"probe", "R1", probe_advice, check_probe<able_pipeline, able_model_probe>},
        {"load", "R2", refuse_advice, check_load},
        {"range", "P2", range_advice, check_range<able_pipeline>},
    };
    return checks;
}

const std::vector<Check<able_adapter>> &adapter_checks() {
    static const std::vector<Check<able_adapter>> checks{
        {"probe", "R1", probe_advice, check_probe<able_adapter, able_adapter_probe>},
        {"open", "R2", refuse_advice, check_open},
        {"range", "P2", range_advice, check_range<able_adapter>},
    };
    return checks;
}

} // namespace able::validate
