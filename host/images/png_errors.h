// How libpng's errors come out. Private to the PNG files.
#pragma once

#include <array>
#include <cstdio>

#include <png.h>

namespace able::images {

// libpng reports an error by a function that must not return. It jumps, because an exception may not cross C frames: so
// nothing with a destructor may live between setjmp and a call that can fail.
struct PngErrors {
    std::array<char, 256> message{};
};

[[noreturn]] inline void on_png_error(png_structp png, png_const_charp message) {
    auto *errors = static_cast<PngErrors *>(png_get_error_ptr(png));
    std::snprintf(errors->message.data(), errors->message.size(), "%s", message);
    png_longjmp(png, 1);
}

inline void on_png_warning(png_structp /*png*/, png_const_charp /*message*/) {}

} // namespace able::images
