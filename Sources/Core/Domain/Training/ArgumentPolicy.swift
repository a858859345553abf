/// Which trainer arguments a user may not set, and why.
///
/// An argument is refused where it would reach outside the user's folders, run or fetch code, send anything over
/// the network, or undo what the server decides. `ArgumentPolicyTests` holds every argument whose name or help
/// speaks of a path, an address or a secret against this table, so that a new trainer brings no surprise.
package enum ArgumentPolicy {
  package enum Reason: String, Sendable, CaseIterable {
    case chosenByServer, chosenByTask, outsideFolders, runsCode, network, secret, notTraining, notSupported,
      launch

    package var message: String {
      switch self {
      case .chosenByServer: "Luthier sets it itself"
      case .chosenByTask: "it is chosen by the task's own fields"
      case .outsideFolders: "it would reach files outside your folders"
      case .runsCode: "it would run code that came with the model"
      case .network: "it would send data over the network"
      case .secret: "a task's configuration is no place for a secret"
      case .notTraining: "it has no effect on training"
      case .notSupported: "it does not work with this trainer"
      case .launch: "how processes are launched is decided by the host's settings"
      }
    }
  }

  /// Why `name` is refused, or nil where it may be set.
  package static func refusal(of name: String) -> Reason? { refused[name] }

  static let refused: [String: Reason] = Dictionary(
    table.flatMap { reason, names in names.map { ($0, reason) } }, uniquingKeysWith: { first, _ in first })

  private static let table: [(Reason, [String])] = [
    (
      .chosenByServer,
      [
        "output_dir", "dataset_dir", "resume_from_checkpoint", "overwrite_output_dir", "do_train",
        "enable_jit_checkpoint",
      ]
    ),
    (.chosenByTask, ["model_name_or_path", "adapter_name_or_path", "dataset", "eval_dataset"]),
    (
      .outsideFolders,
      [
        "adapter_folder", "cache_dir", "offload_folder", "media_dir", "tokenized_path", "logging_dir",
        "profiler_output_dir", "new_special_tokens_config", "generation_config", "hyper_parallel_args",
        "kt_weight_path", "kt_expert_checkpoint_path", "swanlab_logdir", "deepspeed", "accelerator_config",
        "ref_model", "ref_model_adapters", "reward_model", "reward_model_adapters",
      ]
    ),
    (.runsCode, ["trust_remote_code"]),
    (
      .network,
      [
        "push_to_hub", "hub_model_id", "hub_strategy", "hub_private_repo", "hub_always_push", "hub_revision",
        "export_hub_model_id", "project", "trackio_space_id", "trackio_bucket_id", "trackio_static_space_id",
        "use_swanlab", "swanlab_project", "swanlab_workspace", "swanlab_run_name", "swanlab_mode",
        "swanlab_lark_webhook_url", "reward_model_type",
      ]
    ),
    (
      .secret,
      [
        "hub_token", "hf_hub_token", "ms_hub_token", "om_hub_token", "swanlab_api_key", "swanlab_lark_secret",
      ]
    ),
    (
      .notTraining,
      [
        "infer_backend", "vllm_maxlen", "vllm_gpu_util", "vllm_enforce_eager", "vllm_max_lora_rank",
        "vllm_config", "sglang_maxlen", "sglang_mem_fraction", "sglang_tp_size", "sglang_config",
        "sglang_lora_backend", "export_dir", "export_size", "export_device", "export_quantization_bit",
        "export_quantization_dataset", "export_quantization_nsamples", "export_quantization_maxlen",
        "export_legacy_format",
      ]
    ),
    (
      .notSupported,
      [
        "use_kt", "kt_use_lora_experts", "kt_lora_expert_num", "kt_lora_expert_intermediate_size", "use_mca",
        "use_hyper_parallel", "parallelism_config", "data_shared_file_system", "quantization_device_map",
        "reward_model_quantization_bit", "ref_model_quantization_bit", "ppo_buffer_size", "ppo_epochs",
        "ppo_score_norm", "ppo_target", "ppo_whiten_rewards",
      ]
    ),
    (.launch, ["local_rank", "master_addr", "master_port", "ray_num_workers", "ray_init_kwargs"]),
  ]

  /// What of an argument that may be set is refused all the same; nil where the value may pass.
  package static func refusal(of value: ArgumentValue, for name: String) -> (message: String, hint: String)? {
    // OmegaConf, which reads the trainer's configuration, takes `${` for a reference of its own.
    if value.strings.contains(where: { $0.contains("${") }) {
      return ("it contains `${`, which the trainer's configuration reserves", "Write it without `${`.")
    }
    if value.strings.contains(where: { $0.utf8.contains(0) }) {
      return ("it contains a NUL character", "Remove the character.")
    }
    switch name {
    case "report_to":
      let names = value.strings
      if let other = names.first(where: { $0 != "none" && $0 != "tensorboard" }) {
        return ("\(other) would send the run's data over the network", "Use `none` or `tensorboard`.")
      }
    case "fsdp_config", "liger_kernel_config", "lr_scheduler_kwargs", "gradient_checkpointing_kwargs":
      if value.strings.contains(where: { $0.contains("/") }) {
        return ("it names a path", "Give the settings themselves, as an object.")
      }
    case "model_revision":
      if value.strings.contains(where: { $0.contains("..") || $0.hasPrefix("/") }) {
        return ("it is not the name of a branch, a tag or a commit", "Leave it out for `main`.")
      }
    default: break
    }
    return nil
  }
}
