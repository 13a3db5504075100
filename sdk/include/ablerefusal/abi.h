/* ablerefusal/abi.h: what every header of the plugin ABI rests on.
 *
 * The ABI is plain C11 that is also valid C++11. Five rules hold in every header:
 *  - Every struct that may grow starts with `struct_size`, set by whoever allocates it. Structs grow at the end only;
 *    read a field that a later minor added only after ABLE_HAS(pointer, field).
 *  - Whoever allocates frees. Strings are UTF-8 and borrowed: a descriptor's live as long as its library, an argument's
 *    live for the call.
 *  - Every fallible function returns an able_status; the text goes through able_job.fail().
 *  - No C++ exception crosses a call of this ABI, in either direction.
 *  - Each function names the threads that may call it: [any-thread]; [scan] at discovery, in a throwaway process; [job]
 *    any thread of the operating system, but never two at once on one object.
 *
 * A function pointer is set unless its comment says that it may be NULL, and says what happens then. */
#ifndef ABLEREFUSAL_ABI_H
#define ABLEREFUSAL_ABI_H

#include <stddef.h>
#include <stdint.h>

/* The major version is part of the entry symbol (plugin.h); minors only append. The SDK's package has this version. */
#define ABLE_ABI_MAJOR 1
#define ABLE_ABI_MINOR 0

#if defined(_WIN32)
#define ABLE_EXPORT __declspec(dllexport)
#else
#define ABLE_EXPORT __attribute__((visibility("default")))
#endif

/* Function pointers of the ABI never throw. C++17 made that a part of their type. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define ABLE_NOEXCEPT noexcept
#else
#define ABLE_NOEXCEPT
#endif

#ifdef __cplusplus
#define ABLE_C_BEGIN extern "C" {
#define ABLE_C_END }
#else
#define ABLE_C_BEGIN
#define ABLE_C_END
#endif

/* True where `pointer` is from a build that knows `field`: its struct_size reaches to the field's end. */
#define ABLE_HAS(pointer, field)                                                                                       \
    ((pointer)->struct_size >= (uint32_t)((const char *)(&(pointer)->field + 1) - (const char *)(pointer)))

ABLE_C_BEGIN

/* 0 is success. Positive codes are the ABI's, negative ones a plugin's own; both reach the job's error unchanged. */
typedef int32_t able_status;

enum {
    ABLE_OK = 0,
    ABLE_CANCELLED = 1,        /* the job was cancelled: stop and return this */
    ABLE_INVALID_ARGUMENT = 2, /* the caller broke a documented rule */
    ABLE_UNSUPPORTED = 3,      /* well formed, but this plugin cannot do it */
    ABLE_NOT_FOUND = 4,        /* a tensor, file or key that must be there is not */
    ABLE_BAD_FILE = 5,         /* the file's content is not what its format promises */
    ABLE_OUT_OF_MEMORY = 6,
    ABLE_DEVICE_ERROR = 7,
    ABLE_INTERNAL = 8 /* a defect; the text says where */
};

ABLE_C_END

/* Returns the status of `call` to the caller unless it is ABLE_OK. */
#define ABLE_TRY(call)                                                                                                 \
    do {                                                                                                               \
        const able_status able_try_status = (call);                                                                    \
        if (able_try_status != ABLE_OK) {                                                                              \
            return able_try_status;                                                                                    \
        }                                                                                                              \
    } while (0)

#endif
