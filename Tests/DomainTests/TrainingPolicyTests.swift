import Testing

@testable import Domain

/// Arguments that would leave the user's folders, run code, or talk to the network.
@Suite struct TrainingPolicyTests {
  @Test(arguments: [
    "output_dir", "dataset_dir", "logging_dir", "trust_remote_code", "push_to_hub", "hub_token",
    "hf_hub_token",
    "hub_model_id", "deepspeed", "resume_from_checkpoint", "adapter_name_or_path", "model_name_or_path",
    "cache_dir",
    "tokenized_path", "media_dir", "generation_config", "accelerator_config", "swanlab_lark_webhook_url",
    "reward_model", "ref_model", "master_addr", "ray_init_kwargs", "profiler_output_dir", "use_swanlab",
    "new_special_tokens_config", "hyper_parallel_args", "export_dir", "offload_folder",
    "overwrite_output_dir",
  ])
  func `a dangerous argument is refused with its reason`(_ name: String) throws {
    var arguments = TrainingArguments()
    let problem = try #require(arguments.merge([name: "/etc"]).first)
    #expect(problem.code == .refused)
    #expect(problem.message.contains("`\(name)` may not be set"))
    #expect(arguments == TrainingArguments())
  }

  @Test func `a refused argument stays refused whatever its value`() {
    for value in [.null, false, 1, "x", .list([]), .object([:])] as [ArgumentValue] {
      var arguments = TrainingArguments()
      #expect(arguments.merge(["trust_remote_code": value]).first?.code == .refused)
    }
  }

  @Test(arguments: [
    ("report_to", "wandb" as ArgumentValue), ("report_to", .list(["tensorboard", "wandb"])),
    ("report_to", "all"),
    ("fsdp_config", .object(["path": "/etc/passwd"])), ("model_revision", "../../etc"),
    ("default_system", "${oc.env:SECRET_KEY}"), ("default_system", "a\u{0}b"),
    ("lr_scheduler_kwargs", .object(["${x}": 1])),
  ])
  func `a dangerous value is refused`(_ name: String, _ value: ArgumentValue) {
    var arguments = TrainingArguments()
    #expect(arguments.merge([name: value]).first?.code == .refused)
  }

  @Test func `harmless values of the same arguments pass`() {
    var arguments = TrainingArguments()
    #expect(
      arguments.merge(["report_to": "tensorboard", "run_name": "my run", "model_revision": "v1.0"]).isEmpty)
    #expect(arguments.merge(["lr_scheduler_kwargs": .object(["num_cycles": 2])]).isEmpty)
  }

  @Test func `every refused name exists`() {
    for name in ArgumentPolicy.refused.keys {
      #expect(ArgumentCatalogue.specification(of: name) != nil, "\(name)")
    }
  }

  /// A trainer of another version brings new arguments: each that smells of a path, an address or a secret must
  /// be looked at by a person, and then stand either in the policy or here.
  @Test func `every argument that smells of a path, an address or a secret was judged`() {
    let harmless: Set<String> = [
      // Numbers, switches and names of things inside the run.
      "add_tokens", "add_special_tokens", "resize_vocab", "split_special_tokens", "init_special_tokens",
      "use_fast_tokenizer", "skip_special_tokens", "max_new_tokens", "include_num_input_tokens_seen",
      "average_tokens_across_devices", "ignore_pad_token_for_loss", "include_effective_tokens_per_second",
      "liger_kernel_config", "fsdp_config", "model_revision", "metric_for_best_model",
    ]
    let smells = [
      "path", "dir", "folder", "token", "hub", "url", "secret", "key", "config", "webhook", "addr",
    ]
    for argument in ArgumentCatalogue.all {
      let words = argument.name.split(separator: "_").map(String.init)
      guard
        words.contains(where: { word in smells.contains { word == $0 || word == $0 + "s" } })
          || argument.help.lowercased().contains("path to")
      else { continue }
      #expect(
        ArgumentPolicy.refusal(of: argument.name) != nil || harmless.contains(argument.name),
        "\(argument.name)")
    }
  }
}
