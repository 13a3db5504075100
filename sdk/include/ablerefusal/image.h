/* ablerefusal/image.h: pictures as plain memory. */
#ifndef ABLEREFUSAL_IMAGE_H
#define ABLEREFUSAL_IMAGE_H

#include "abi.h"

ABLE_C_BEGIN

/* An RGB picture of floats in [0, 1], row by row, three values a pixel. Owned by the host, which sets its size and makes
 * room for its pixels: a plugin that fills one writes height * width * 3 values and changes nothing else. */
typedef struct able_image {
    uint32_t struct_size;
    uint32_t width, height;
    float *pixels;
} able_image;

ABLE_C_END

#endif
