/* ablerefusal/plugin.h: the door. A plugin is a shared library that exports one function, able_plugin_v1. */
#ifndef ABLEREFUSAL_PLUGIN_H
#define ABLEREFUSAL_PLUGIN_H

#include "abi.h"

ABLE_C_BEGIN

/* The objects of one kind that a plugin offers; `at` returns an able_sampler, able_schedule, able_pipeline or
 * able_adapter, as the factory's id says. Constant, as long-lived as the library. */
typedef struct able_factory {
    uint32_t struct_size;
    uint32_t count;
    /* NULL past the end [scan] [any-thread] */
    const void *(*at)(uint32_t index) ABLE_NOEXCEPT;
} able_factory;

typedef struct able_plugin {
    uint32_t struct_size;
    uint32_t abi_minor;      /* ABLE_ABI_MINOR of the headers it was built with */
    uint32_t min_host_minor; /* the oldest host that will do; it loads if and only if min_host_minor <= the host's */
    const char *id;          /* reverse URI: "org.example.my-sampler"; "able." is the project's own */
    const char *name;
    const char *version; /* semantic version */
    const char *vendor;
    const char *licence; /* SPDX expression */
    const char *url;     /* may be NULL */
    /* Libraries that must be the host's only copy in a process, as "libtorch/1.13.1"; NULL if none. */
    const char *engine;
    /* The factory for an ABLE_FACTORY_… id; NULL for an id it does not know. [scan] [any-thread] */
    const able_factory *(*get_factory)(const char *factory_id) ABLE_NOEXCEPT;
} able_plugin;

/* Pure: returns a constant, starts nothing, opens nothing. [scan] [any-thread] */
ABLE_EXPORT const able_plugin *able_plugin_v1(void) ABLE_NOEXCEPT;

#define ABLE_ENTRY_SYMBOL "able_plugin_v1"

ABLE_C_END

#endif
