/// Which program serves the models that name none, and where vLLM is.
package struct EngineChoice: Sendable, Equatable {
  package let engine: ModelEngine
  /// vLLM's command on the hosts; LLaMA-Factory's is the trainer's.
  package let command: String

  package init(_ engine: ModelEngine = .llamafactory, command: String = "vllm") {
    self.engine = engine
    self.command = command
  }
}

extension ModelEngine {
  /// vLLM takes nine tenths of a GPU, whatever the model.
  package var takesWholeGPU: Bool { self == .vllm }
}

/// The command line and the environment of a model's server.
package struct EngineCommand: Sendable, Equatable {
  package let arguments: [String]
  package let environment: [String: String]

  /// - Parameters:
  ///   - command: the trainer's, or vLLM's.
  ///   - merged: the folder that the record's adapter was merged into, for an engine that cannot load it.
  package init(_ record: ServiceRecord, command: String, merged: String? = nil) {
    switch record.engine {
    case .llamafactory:
      arguments = Self.llamafactory(record, command)
      environment = [
        "API_HOST": "127.0.0.1", "API_PORT": Self.port(record), "API_KEY": record.key,
        // Who answers on the port is told by this name.
        "API_MODEL_NAME": record.id.rawValue,
        // 1 would write every request into the log.
        "API_VERBOSE": "0", "MAX_CONCURRENT": "4", "GRADIO_ANALYTICS_ENABLED": "0",
      ].merging(Self.common(record)) { _, new in new }
    case .vllm:
      arguments = Self.vllm(record, command, merged: merged)
      environment = [
        "VLLM_API_KEY": record.key, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1", "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
      ].merging(Self.common(record)) { _, new in new }
    }
  }

  /// Of a cluster's job: what its wrapper replaces on the node.
  private static func port(_ record: ServiceRecord) -> String {
    record.isClusterJob ? JobServing.portWord : String(record.port)
  }

  private static func common(_ record: ServiceRecord) -> [String: String] {
    var environment = ["PYTHONUNBUFFERED": "1"]
    if (record.baseModel ?? record.modelPath).hasPrefix("/") { environment["HF_HUB_OFFLINE"] = "1" }
    return environment
  }

  private static func llamafactory(_ record: ServiceRecord, _ command: String) -> [String] {
    var arguments = [command, "api", "--template", record.template, "--infer_backend", "huggingface"]
    if let base = record.baseModel {
      arguments += [
        "--model_name_or_path", base, "--adapter_name_or_path", record.modelPath, "--finetuning_type", "lora",
      ]
    } else {
      arguments += ["--model_name_or_path", record.modelPath]
    }
    // As one word, for a prompt may begin with a dash.
    if let prompt = record.systemPrompt { arguments.append("--default_system=\(prompt)") }
    return arguments
  }

  /// One server for a base and all its adapters, which it is given while it runs.
  private static func vllm(_ record: ServiceRecord, _ command: String, merged: String?) -> [String] {
    let model = [
      command, "serve", merged ?? record.modelPath, "--host", "127.0.0.1", "--port", port(record),
      // The key is in the environment: a command line is everyone's to read.
      "--served-model-name", record.id.rawValue, "--disable-uvicorn-access-log",
    ]
    guard merged == nil else { return model }
    return model + [
      "--enable-lora", "--max-loras", "4", "--max-cpu-loras", "16",
      // LLaMA-Factory's own default is 8.
      "--max-lora-rank", String(AdapterConfiguration.largestRank),
    ]
  }
}
