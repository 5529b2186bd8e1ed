package dev.millrace.accelerator.onnx;

import java.util.Set;

/**
 * The options of ONNX Runtime's own providers, by name: it refuses unknown ones only where the
 * device is, which is too late to tell a user who submits a job from elsewhere.
 *
 * <p>Source: cuda_execution_provider_info.cc and tensorrt_execution_provider_info.cc of ONNX
 * Runtime 1.28. The device's number is not among them: it is in the target.
 */
final class ProviderOptions {

  static final Set<String> CUDA =
      Set.of(
          "gpu_mem_limit",
          "arena_extend_strategy",
          "cudnn_conv_algo_search",
          "do_copy_in_default_stream",
          "cudnn_conv_use_max_workspace",
          "cudnn_conv1d_pad_to_nc1d",
          "enable_cuda_graph",
          "enable_skip_layer_norm_strict_mode",
          "use_tf32",
          "prefer_nhwc",
          "use_ep_level_unified_stream",
          "tunable_op_enable",
          "tunable_op_tuning_enable",
          "tunable_op_max_tuning_duration_ms",
          "sdpa_kernel",
          "fuse_conv_bias");

  static final Set<String> TENSORRT =
      Set.of(
          "trt_max_partition_iterations",
          "trt_min_subgraph_size",
          "trt_max_workspace_size",
          "trt_fp16_enable",
          "trt_bf16_enable",
          "trt_int8_enable",
          "trt_int8_calibration_table_name",
          "trt_int8_use_native_calibration_table",
          "trt_dla_enable",
          "trt_dla_core",
          "trt_dump_subgraphs",
          "trt_engine_cache_enable",
          "trt_engine_cache_path",
          "trt_engine_cache_prefix",
          "trt_weight_stripped_engine_enable",
          "trt_onnx_model_folder_path",
          "trt_engine_hw_compatible",
          "trt_force_sequential_engine_build",
          "trt_context_memory_sharing_enable",
          "trt_layer_norm_fp32_fallback",
          "trt_timing_cache_enable",
          "trt_timing_cache_path",
          "trt_force_timing_cache",
          "trt_detailed_build_log",
          "trt_build_heuristics_enable",
          "trt_cuda_graph_enable",
          "trt_sparsity_enable",
          "trt_builder_optimization_level",
          "trt_auxiliary_streams",
          "trt_tactic_sources",
          "trt_extra_plugin_lib_paths",
          "trt_profile_min_shapes",
          "trt_profile_max_shapes",
          "trt_profile_opt_shapes",
          "trt_dump_ep_context_model",
          "trt_ep_context_file_path",
          "trt_ep_context_embed_mode",
          "trt_op_types_to_exclude",
          "trt_preview_features");

  private ProviderOptions() {}
}
