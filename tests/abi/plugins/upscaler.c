/* An upscaler, a kind of object that the host has only one row for (host/plugins/describe/object_kinds.cpp): each pixel
 * becomes four. */
#include <ablerefusal/ablerefusal.h>
#include <ablerefusal/draft/upscaler.h>

#include <string.h>

static able_status probe(const able_source *source, able_upscaler_probe *out) {
    (void)source;
    out->why = "made without a file";
    return ABLE_OK;
}

static able_status upscale(able_upscaling *upscaling, const able_image *image, const able_params *params,
                           const able_job *job, able_image *out) {
    (void)upscaling;
    (void)params;
    (void)job;
    for (uint32_t y = 0; y < out->height; ++y) {
        for (uint32_t x = 0; x < out->width; ++x) {
            memcpy(out->pixels + 3 * ((size_t)y * out->width + x),
                   image->pixels + 3 * ((size_t)(y / 2) * image->width + x / 2), 3 * sizeof(float));
        }
    }
    return ABLE_OK;
}

static void unload(able_upscaling *upscaling) {
    (void)upscaling;
}

static able_status load(const able_source *source, const char *device, const char *dtype, uint32_t threads,
                        const able_job *job, able_upscaling **out) {
    static able_upscaling twice = {
        .struct_size = sizeof(able_upscaling), .scale = 2, .upscale = upscale, .unload = unload};
    (void)source;
    (void)device;
    (void)dtype;
    (void)threads;
    (void)job;
    *out = &twice;
    return ABLE_OK;
}

static const able_param param_sharpness = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "sharpness",
    .label = "Sharpness",
    .maximum = 1.0,
};

static const able_param *const params[] = {&param_sharpness};

static const able_descriptor descriptor = {.struct_size = sizeof(able_descriptor),
                                           .id = "test_nearest",
                                           .name = "Nearest",
                                           .summary = "For a test.",
                                           .params = params,
                                           .param_count = 1};

static const able_upscaler upscaler = {
    .struct_size = sizeof(able_upscaler), .descriptor = &descriptor, .probe = probe, .load = load};

static const void *upscaler_at(uint32_t index) {
    return index == 0 ? &upscaler : NULL;
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = upscaler_at};

static const able_factory *get_factory(const char *id) {
    return strcmp(id, ABLE_FACTORY_UPSCALER) == 0 ? &factory : NULL;
}

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {.struct_size = sizeof(able_plugin),
                                       .abi_minor = ABLE_ABI_MINOR,
                                       .min_host_minor = 0,
                                       .id = "org.example.test_upscaler",
                                       .name = "Nearest",
                                       .version = "1.0.0",
                                       .vendor = "AbleRefusal's tests",
                                       .licence = "MIT",
                                       .get_factory = get_factory};
    return &plugin;
}
