/* describe PLUGIN: opens a plugin, checks what plugin.h asks of its door, and prints who it is and what it offers. */
#include <ablerefusal/ablerefusal.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef const able_plugin *(*entry_point)(void);

static int failures = 0;

static void expect(int condition, const char *rule) {
    if (!condition) {
        fprintf(stderr, "broken: %s\n", rule);
        ++failures;
    }
}

/* The descriptor is the second field of every object that a factory makes. */
typedef struct described {
    uint32_t struct_size;
    const able_descriptor *descriptor;
} described;

static void check_factory(const able_plugin *plugin, const char *factory_id, const char *kind) {
    const able_factory *factory = plugin->get_factory(factory_id);
    if (factory == NULL) {
        return;
    }
    expect(factory->struct_size >= sizeof(uint32_t), "a factory has its struct_size set");
    expect(plugin->get_factory(factory_id) == factory, "a factory is a constant");
    expect(factory->at(factory->count) == NULL, "a factory's at() is NULL past the end");
    for (uint32_t i = 0; i < factory->count; ++i) {
        const described *object = factory->at(i);
        expect(object != NULL, "a factory's at() gives an object for every index below count");
        if (object == NULL) {
            continue;
        }
        expect(object == factory->at(i), "an object is a constant");
        expect(object->struct_size >= sizeof(described), "an object has its struct_size set");
        const able_descriptor *descriptor = object->descriptor;
        expect(descriptor != NULL && descriptor->id != NULL && descriptor->name != NULL,
               "an object's descriptor has an id and a name");
        if (descriptor == NULL || descriptor->id == NULL) {
            continue;
        }
        printf("%s %s\n", kind, descriptor->id);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s PLUGIN\n", argv[0]);
        return 2;
    }
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    entry_point entry = NULL;
    void *symbol = dlsym(library, ABLE_ENTRY_SYMBOL);
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object's pointer to a function's */
    if (entry == NULL) {
        fprintf(stderr, "%s has no %s\n", argv[1], ABLE_ENTRY_SYMBOL);
        return 1;
    }
    const able_plugin *plugin = entry();
    if (plugin == NULL) {
        fprintf(stderr, "%s: %s gives NULL\n", argv[1], ABLE_ENTRY_SYMBOL);
        return 1;
    }
    expect(entry() == plugin, "the entry returns a constant");
    expect(plugin->struct_size == sizeof(able_plugin), "the plugin has its struct_size set");
    expect(plugin->abi_minor == ABLE_ABI_MINOR, "the plugin says which minor it was built with");
    expect(plugin->min_host_minor <= plugin->abi_minor, "a plugin cannot need more than it was built with");
    expect(plugin->id != NULL && plugin->name != NULL && plugin->version != NULL && plugin->vendor != NULL &&
               plugin->licence != NULL,
           "id, name, version, vendor and licence are there");
    expect(plugin->get_factory("able.sampler/999") == NULL, "an unknown factory is NULL");
    expect(plugin->get_factory("") == NULL, "an empty factory id is NULL");
    printf("%s %s\n", plugin->id, plugin->version);
    check_factory(plugin, ABLE_FACTORY_SAMPLER, "sampler");
    check_factory(plugin, ABLE_FACTORY_SCHEDULE, "schedule");
    check_factory(plugin, ABLE_FACTORY_PIPELINE, "pipeline");
    check_factory(plugin, ABLE_FACTORY_ADAPTER, "adapter");
    return failures == 0 ? 0 : 1;
}
