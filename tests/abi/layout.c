/* The layout of ABI 1.0 on LP64 systems (x86-64, AArch64), field by field.
 *
 * What a release has shipped is promised: none of its lines may change. A struct that grows in a later minor does so at
 * its end: a new field has an AT line at or past the struct's SIZE of the minor before, not in what was padding, where
 * ABLE_HAS could not tell it from chance. */
#include <ablerefusal/ablerefusal.h>

#if defined(__LP64__)

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved")

#if ABLE_ABI_MINOR == 0
#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " grew without a new minor")
#else
#define SIZE(type, size) _Static_assert(sizeof(type) >= (size), #type " is smaller than in ABI 1.0")
#endif

_Static_assert(ABLE_ABI_MAJOR == 1, "another major has another layout file");
_Static_assert(sizeof(able_status) == 4 && (able_status)-1 < 0, "able_status is an int32_t");
_Static_assert(sizeof(able_param_type) == 4, "able_param_type is an int32_t");

/* adapter.h */
SIZE(able_target, 32);
AT(able_target, struct_size, 0);
AT(able_target, ndim, 4);
AT(able_target, name, 8);
AT(able_target, shape, 16);
AT(able_target, component, 24);
SIZE(able_targets, 40);
AT(able_targets, struct_size, 0);
AT(able_targets, owner, 8);
AT(able_targets, family, 16);
AT(able_targets, count, 24);
AT(able_targets, at, 32);
SIZE(able_delta, 400);
AT(able_delta, struct_size, 0);
AT(able_delta, kind, 4);
AT(able_delta, target, 8);
AT(able_delta, scale, 16);
AT(able_delta, up, 24);
AT(able_delta, down, 72);
AT(able_delta, mid, 120);
AT(able_delta, up2, 168);
AT(able_delta, mid2, 216);
AT(able_delta, down2, 264);
AT(able_delta, magnitude, 312);
AT(able_delta, axis, 360);
AT(able_delta, row, 368);
AT(able_delta, row_count, 376);
AT(able_delta, column, 384);
AT(able_delta, column_count, 392);
SIZE(able_token_vectors, 64);
AT(able_token_vectors, struct_size, 0);
AT(able_token_vectors, encoder, 8);
AT(able_token_vectors, vectors, 16);
SIZE(able_adapter_file, 72);
AT(able_adapter_file, struct_size, 0);
AT(able_adapter_file, self, 8);
AT(able_adapter_file, delta_count, 16);
AT(able_adapter_file, delta_at, 24);
AT(able_adapter_file, unmatched_count, 32);
AT(able_adapter_file, unmatched_at, 40);
AT(able_adapter_file, close, 48);
AT(able_adapter_file, token_vectors_count, 56);
AT(able_adapter_file, token_vectors_at, 64);
SIZE(able_strength, 24);
AT(able_strength, struct_size, 0);
AT(able_strength, component, 8);
AT(able_strength, strength, 16);
SIZE(able_adapter_use, 48);
AT(able_adapter_use, struct_size, 0);
AT(able_adapter_use, file, 8);
AT(able_adapter_use, strength, 16);
AT(able_adapter_use, strengths, 24);
AT(able_adapter_use, words, 32);
AT(able_adapter_use, strength_count, 40);
AT(able_adapter_use, word_count, 44);
SIZE(able_adapter_probe, 48);
AT(able_adapter_probe, struct_size, 0);
AT(able_adapter_probe, score, 4);
AT(able_adapter_probe, family, 8);
AT(able_adapter_probe, variant, 16);
AT(able_adapter_probe, why, 24);
AT(able_adapter_probe, word, 32);
AT(able_adapter_probe, word_tokens, 40);
SIZE(able_adapter, 32);
AT(able_adapter, struct_size, 0);
AT(able_adapter, descriptor, 8);
AT(able_adapter, probe, 16);
AT(able_adapter, open, 24);

/* deep_cache.h */
SIZE(able_deep_cache, 32);
AT(able_deep_cache, struct_size, 0);
AT(able_deep_cache, branch_count, 8);
AT(able_deep_cache, make, 16);
AT(able_deep_cache, release, 24);

/* evaluation.h */
SIZE(able_input_use, 32);
AT(able_input_use, struct_size, 0);
AT(able_input_use, conditioning, 4);
AT(able_input_use, input, 8);
AT(able_input_use, mode, 16);
AT(able_input_use, strength, 24);
SIZE(able_evaluation, 64);
AT(able_evaluation, struct_size, 0);
AT(able_evaluation, count, 4);
AT(able_evaluation, x, 8);
AT(able_evaluation, sigma, 16);
AT(able_evaluation, conditionings, 24);
AT(able_evaluation, outs, 32);
AT(able_evaluation, inputs, 40);
AT(able_evaluation, input_count, 48);
AT(able_evaluation, params, 56);

/* image.h */
SIZE(able_image, 24);
AT(able_image, struct_size, 0);
AT(able_image, width, 4);
AT(able_image, height, 8);
AT(able_image, pixels, 16);

/* inpaint.h */
SIZE(able_inpaint, 32);
AT(able_inpaint, struct_size, 0);
AT(able_inpaint, make, 8);
AT(able_inpaint, release, 16);
AT(able_inpaint, channels, 24);

/* job.h */
SIZE(able_job, 48);
AT(able_job, struct_size, 0);
AT(able_job, host, 8);
AT(able_job, fail, 16);
AT(able_job, cancelled, 24);
AT(able_job, progress, 32);
AT(able_job, log, 40);

/* model_info.h */
SIZE(able_noise_levels, 48);
AT(able_noise_levels, struct_size, 0);
AT(able_noise_levels, kind, 4);
AT(able_noise_levels, sigmas, 8);
AT(able_noise_levels, sigma_count, 16);
AT(able_noise_levels, sigma_min, 24);
AT(able_noise_levels, sigma_max, 32);
AT(able_noise_levels, shift, 40);
SIZE(able_model_info, 72);
AT(able_model_info, struct_size, 0);
AT(able_model_info, prediction, 4);
AT(able_model_info, family, 8);
AT(able_model_info, variant, 16);
AT(able_model_info, levels, 24);
AT(able_model_info, prompt, 32);
AT(able_model_info, inputs, 40);
AT(able_model_info, input_count, 48);
AT(able_model_info, latent_channels, 52);
AT(able_model_info, scale_factor, 56);
AT(able_model_info, default_width, 60);
AT(able_model_info, default_height, 64);
AT(able_model_info, size_multiple, 68);

/* param.h */
SIZE(able_param, 104);
AT(able_param, struct_size, 0);
AT(able_param, type, 4);
AT(able_param, key, 8);
AT(able_param, label, 16);
AT(able_param, help, 24);
AT(able_param, group, 32);
AT(able_param, unit, 40);
AT(able_param, minimum, 48);
AT(able_param, maximum, 56);
AT(able_param, default_number, 64);
AT(able_param, step, 72);
AT(able_param, default_string, 80);
AT(able_param, choices, 88);
AT(able_param, choice_count, 96);
AT(able_param, flags, 100);
SIZE(able_descriptor, 64);
AT(able_descriptor, struct_size, 0);
AT(able_descriptor, flags, 4);
AT(able_descriptor, id, 8);
AT(able_descriptor, name, 16);
AT(able_descriptor, summary, 24);
AT(able_descriptor, url, 32);
AT(able_descriptor, aliases, 40);
AT(able_descriptor, params, 48);
AT(able_descriptor, alias_count, 56);
AT(able_descriptor, param_count, 60);
SIZE(able_params, 32);
AT(able_params, struct_size, 0);
AT(able_params, host, 8);
AT(able_params, number, 16);
AT(able_params, string, 24);

/* pipeline.h */
SIZE(able_component, 24);
AT(able_component, struct_size, 0);
AT(able_component, role, 8);
AT(able_component, source, 16);
SIZE(able_model_probe, 152);
AT(able_model_probe, struct_size, 0);
AT(able_model_probe, score, 4);
AT(able_model_probe, kind, 8);
AT(able_model_probe, size_multiple, 12);
AT(able_model_probe, why, 16);
AT(able_model_probe, family, 24);
AT(able_model_probe, family_name, 32);
AT(able_model_probe, variant, 40);
AT(able_model_probe, fills, 48);
AT(able_model_probe, needs, 56);
AT(able_model_probe, fill_count, 64);
AT(able_model_probe, need_count, 68);
AT(able_model_probe, default_width, 72);
AT(able_model_probe, default_height, 76);
AT(able_model_probe, smallest_side, 80);
AT(able_model_probe, largest_side, 84);
AT(able_model_probe, sizes, 88);
AT(able_model_probe, sampler, 96);
AT(able_model_probe, schedule, 104);
AT(able_model_probe, guidance, 112);
AT(able_model_probe, size_count, 120);
AT(able_model_probe, steps, 124);
AT(able_model_probe, latent_channels, 128);
AT(able_model_probe, scale_factor, 132);
AT(able_model_probe, prompt, 136);
AT(able_model_probe, flags, 144);
SIZE(able_load_request, 56);
AT(able_load_request, struct_size, 0);
AT(able_load_request, component_count, 4);
AT(able_load_request, components, 8);
AT(able_load_request, device, 16);
AT(able_load_request, dtype, 24);
AT(able_load_request, threads, 32);
AT(able_load_request, tiling, 36);
AT(able_load_request, offload, 40);
AT(able_load_request, params, 48);
SIZE(able_memory, 40);
AT(able_memory, struct_size, 0);
AT(able_memory, resident, 8);
AT(able_memory, encode, 16);
AT(able_memory, evaluate, 24);
AT(able_memory, decode, 32);
SIZE(able_image_request, 32);
AT(able_image_request, struct_size, 0);
AT(able_image_request, image, 8);
AT(able_image_request, noise, 16);
AT(able_image_request, params, 24);
SIZE(able_levels_request, 24);
AT(able_levels_request, struct_size, 0);
AT(able_levels_request, width, 4);
AT(able_levels_request, height, 8);
AT(able_levels_request, steps, 12);
AT(able_levels_request, params, 16);
SIZE(able_model, 152);
AT(able_model, struct_size, 0);
AT(able_model, self, 8);
AT(able_model, info, 16);
AT(able_model, ops, 24);
AT(able_model, targets, 32);
AT(able_model, device, 40);
AT(able_model, dtype, 48);
AT(able_model, levels, 56);
AT(able_model, set_adapters, 64);
AT(able_model, encode_text, 72);
AT(able_model, release_conditioning, 80);
AT(able_model, encode_image, 88);
AT(able_model, denoise, 96);
AT(able_model, decode, 104);
AT(able_model, preview, 112);
AT(able_model, conditioning_tensor, 120);
AT(able_model, memory, 128);
AT(able_model, get_extension, 136);
AT(able_model, unload, 144);
SIZE(able_pipeline, 56);
AT(able_pipeline, struct_size, 0);
AT(able_pipeline, descriptor, 8);
AT(able_pipeline, probe, 16);
AT(able_pipeline, load, 24);
AT(able_pipeline, estimate, 32);
AT(able_pipeline, tokenize, 40);
AT(able_pipeline, check, 48);

/* plugin.h */
SIZE(able_factory, 16);
AT(able_factory, struct_size, 0);
AT(able_factory, count, 4);
AT(able_factory, at, 8);
SIZE(able_plugin, 80);
AT(able_plugin, struct_size, 0);
AT(able_plugin, abi_minor, 4);
AT(able_plugin, min_host_minor, 8);
AT(able_plugin, id, 16);
AT(able_plugin, name, 24);
AT(able_plugin, version, 32);
AT(able_plugin, vendor, 40);
AT(able_plugin, licence, 48);
AT(able_plugin, url, 56);
AT(able_plugin, engine, 64);
AT(able_plugin, get_factory, 72);

/* prompt.h */
SIZE(able_prompt_support, 16);
AT(able_prompt_support, struct_size, 0);
AT(able_prompt_support, flags, 4);
AT(able_prompt_support, chunk_tokens, 8);
AT(able_prompt_support, most_tokens, 12);
SIZE(able_text_segment, 24);
AT(able_text_segment, struct_size, 0);
AT(able_text_segment, flags, 4);
AT(able_text_segment, text, 8);
AT(able_text_segment, weight, 16);
SIZE(able_text_request, 48);
AT(able_text_request, struct_size, 0);
AT(able_text_request, segment_count, 4);
AT(able_text_request, segments, 8);
AT(able_text_request, clip_skip, 16);
AT(able_text_request, width, 20);
AT(able_text_request, height, 24);
AT(able_text_request, role, 28);
AT(able_text_request, weighting, 32);
AT(able_text_request, params, 40);
SIZE(able_word, 24);
AT(able_word, struct_size, 0);
AT(able_word, name_count, 4);
AT(able_word, names, 8);
AT(able_word, tokens, 16);
SIZE(able_token_chunk, 64);
AT(able_token_chunk, struct_size, 0);
AT(able_token_chunk, encoder, 4);
AT(able_token_chunk, encoder_name, 8);
AT(able_token_chunk, tokenizer_name, 16);
AT(able_token_chunk, ids, 24);
AT(able_token_chunk, weights, 32);
AT(able_token_chunk, words, 40);
AT(able_token_chunk, count, 48);
AT(able_token_chunk, text_begin, 52);
AT(able_token_chunk, text_count, 56);
AT(able_token_chunk, room, 60);
SIZE(able_token_request, 64);
AT(able_token_request, struct_size, 0);
AT(able_token_request, component_count, 4);
AT(able_token_request, components, 8);
AT(able_token_request, segments, 16);
AT(able_token_request, words, 24);
AT(able_token_request, segment_count, 32);
AT(able_token_request, word_count, 36);
AT(able_token_request, params, 40);
AT(able_token_request, host, 48);
AT(able_token_request, chunk, 56);

/* sampler.h */
SIZE(able_sampling, 104);
AT(able_sampling, struct_size, 0);
AT(able_sampling, steps, 4);
AT(able_sampling, sigmas, 8);
AT(able_sampling, x, 16);
AT(able_sampling, params, 24);
AT(able_sampling, info, 32);
AT(able_sampling, levels, 40);
AT(able_sampling, job, 48);
AT(able_sampling, ops, 56);
AT(able_sampling, host, 64);
AT(able_sampling, denoise, 72);
AT(able_sampling, denoise_pair, 80);
AT(able_sampling, noise, 88);
AT(able_sampling, step, 96);
SIZE(able_sampler, 40);
AT(able_sampler, struct_size, 0);
AT(able_sampler, descriptor, 8);
AT(able_sampler, default_schedule, 16);
AT(able_sampler, evaluations, 24);
AT(able_sampler, sample, 32);

/* schedule.h */
SIZE(able_schedule_request, 40);
AT(able_schedule_request, struct_size, 0);
AT(able_schedule_request, steps, 4);
AT(able_schedule_request, width, 8);
AT(able_schedule_request, height, 12);
AT(able_schedule_request, info, 16);
AT(able_schedule_request, levels, 24);
AT(able_schedule_request, params, 32);
SIZE(able_schedule, 24);
AT(able_schedule, struct_size, 0);
AT(able_schedule, descriptor, 8);
AT(able_schedule, sigmas, 16);

/* source.h */
SIZE(able_quantisation, 56);
AT(able_quantisation, struct_size, 0);
AT(able_quantisation, ndim, 4);
AT(able_quantisation, shape, 8);
AT(able_quantisation, layout, 16);
AT(able_quantisation, block_elements, 24);
AT(able_quantisation, block_bytes, 28);
AT(able_quantisation, part_names, 32);
AT(able_quantisation, parts, 40);
AT(able_quantisation, part_count, 48);
SIZE(able_source, 80);
AT(able_source, struct_size, 0);
AT(able_source, kind, 4);
AT(able_source, name, 8);
AT(able_source, host, 16);
AT(able_source, tensor_count, 24);
AT(able_source, tensor_name, 32);
AT(able_source, tensor, 40);
AT(able_source, quantisation, 48);
AT(able_source, text, 56);
AT(able_source, blob, 64);
AT(able_source, metadata, 72);

/* tensor.h */
SIZE(able_view, 48);
AT(able_view, data, 0);
AT(able_view, device_type, 8);
AT(able_view, device_id, 12);
AT(able_view, ndim, 16);
AT(able_view, dtype_code, 20);
AT(able_view, dtype_bits, 21);
AT(able_view, dtype_lanes, 22);
AT(able_view, shape, 24);
AT(able_view, strides, 32);
AT(able_view, byte_offset, 40);
SIZE(able_ops, 128);
AT(able_ops, struct_size, 0);
AT(able_ops, owner, 8);
AT(able_ops, like, 16);
AT(able_ops, make, 24);
AT(able_ops, retain, 32);
AT(able_ops, release, 40);
AT(able_ops, shape, 48);
AT(able_ops, lincomb, 56);
AT(able_ops, mul, 64);
AT(able_ops, clamp, 72);
AT(able_ops, blend, 80);
AT(able_ops, error_norm, 88);
AT(able_ops, mean_std, 96);
AT(able_ops, upload, 104);
AT(able_ops, download, 112);
AT(able_ops, view, 120);

#endif

/* Values never change their meaning. */
#define IS(name, value) _Static_assert((name) == (value), #name " has another value")
IS(ABLE_OK, 0);
IS(ABLE_CANCELLED, 1);
IS(ABLE_INVALID_ARGUMENT, 2);
IS(ABLE_UNSUPPORTED, 3);
IS(ABLE_NOT_FOUND, 4);
IS(ABLE_BAD_FILE, 5);
IS(ABLE_OUT_OF_MEMORY, 6);
IS(ABLE_DEVICE_ERROR, 7);
IS(ABLE_INTERNAL, 8);
IS(ABLE_DELTA_LOW_RANK, 1);
IS(ABLE_DELTA_MATRIX, 2);
IS(ABLE_DELTA_HADAMARD, 3);
IS(ABLE_DELTA_KRONECKER, 4);
IS(ABLE_DELTA_CHANNELS, 5);
IS(ABLE_DELTA_INPUTS, 6);
IS(ABLE_DELTA_ROTATION, 7);
IS(ABLE_DELTA_DORA, 0x100);
IS(ABLE_AXIS_OUT, 0);
IS(ABLE_AXIS_IN, 1);
IS(ABLE_DEEP_KEEP, 0);
IS(ABLE_DEEP_REUSE, 1);
IS(ABLE_LOG_DEBUG, 1);
IS(ABLE_LOG_INFO, 2);
IS(ABLE_LOG_WARNING, 3);
IS(ABLE_LOG_ERROR, 4);
IS(ABLE_PREDICTION_EPSILON, 1);
IS(ABLE_PREDICTION_V, 2);
IS(ABLE_PREDICTION_SAMPLE, 3);
IS(ABLE_PREDICTION_FLOW, 4);
IS(ABLE_LEVELS_TABLE, 1);
IS(ABLE_LEVELS_FLOW, 2);
IS(ABLE_LEVELS_LOGARITHMIC, 3);
IS(ABLE_PARAM_BOOL, 1);
IS(ABLE_PARAM_INT, 2);
IS(ABLE_PARAM_FLOAT, 3);
IS(ABLE_PARAM_ENUM, 4);
IS(ABLE_PARAM_STRING, 5);
IS(ABLE_PARAM_AT_LOAD, 1u << 0);
IS(ABLE_FLAG_STOCHASTIC, 1u << 0);
IS(ABLE_FLAG_FEW_STEPS, 1u << 1);
IS(ABLE_FLAG_EXPERIMENTAL, 1u << 2);
IS(ABLE_FLAG_BROWNIAN, 1u << 3);
IS(ABLE_PROBE_OTHER, 0);
IS(ABLE_PROBE_MODEL, 1);
IS(ABLE_PROBE_COMPONENT, 2);
IS(ABLE_TILING_AUTO, 0);
IS(ABLE_TILING_ON, 1);
IS(ABLE_TILING_OFF, 2);
IS(ABLE_OFFLOAD_AUTO, 0);
IS(ABLE_OFFLOAD_OFF, 1);
IS(ABLE_OFFLOAD_ON, 2);
IS(ABLE_HONOURS_WEIGHTS, 1u << 0);
IS(ABLE_HONOURS_EMPTY_WEIGHTS, 1u << 1);
IS(ABLE_HONOURS_BREAK, 1u << 2);
IS(ABLE_HONOURS_CLIP_SKIP, 1u << 3);
IS(ABLE_HONOURS_NEGATIVE, 1u << 4);
IS(ABLE_HONOURS_WORDS, 1u << 5);
IS(ABLE_SEGMENT_BREAK, 1u << 0);
IS(ABLE_WEIGHTING_MEAN, 0);
IS(ABLE_WEIGHTING_EMPTY, 1);
IS(ABLE_PROMPT_POSITIVE, 0);
IS(ABLE_PROMPT_NEGATIVE, 1);
IS(ABLE_SOURCE_FOLDER, 1);
IS(ABLE_SOURCE_FILE, 2);
IS(ABLE_DEVICE_CPU, 1);
IS(ABLE_DEVICE_CUDA, 2);
IS(ABLE_DTYPE_INT, 0);
IS(ABLE_DTYPE_UINT, 1);
IS(ABLE_DTYPE_FLOAT, 2);
IS(ABLE_DTYPE_OPAQUE, 3);
IS(ABLE_DTYPE_BFLOAT, 4);
IS(ABLE_DTYPE_BOOL, 6);
IS(ABLE_DTYPE_FLOAT8_E4M3FN, 10);
IS(ABLE_DTYPE_FLOAT8_E5M2, 12);
IS(ABLE_TIMESTEPS, 1000);
IS(ABLE_ALL_CONDITIONINGS, UINT32_MAX);

_Static_assert(sizeof(ABLE_ENTRY_SYMBOL) == sizeof("able_plugin_v1"), "the entry symbol has another name");
