/* ablerefusal/ablerefusal.h: the whole plugin ABI. Drafts (draft/) and cpu_ops.h are included by name. */
#ifndef ABLEREFUSAL_ABLEREFUSAL_H
#define ABLEREFUSAL_ABLEREFUSAL_H

#include "abi.h"
#include "adapter.h"
#include "deep_cache.h"
#include "evaluation.h"
#include "image.h"
#include "inpaint.h"
#include "job.h"
#include "model_info.h"
#include "param.h"
#include "pipeline.h"
#include "plugin.h"
#include "prompt.h"
#include "sampler.h"
#include "schedule.h"
#include "source.h"
#include "tensor.h"

#endif
