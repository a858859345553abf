import Domain
import FoundationEssentials
import Testing

/// The command lines of model servers.
@Suite struct EngineCommandTests {
  private static func record(
    _ engine: ModelEngine, base: String? = nil, prompt: String? = nil, path: String = "/models/nova"
  ) -> ServiceRecord {
    ServiceRecord(
      id: .make(), userID: .make(), hostID: HostID(rawValue: "local"), modelPath: path, baseModel: base,
      template: "qwen", systemPrompt: prompt, engine: engine, directory: "/data/s", port: 4321,
      key: "sk-secret", state: .starting, createdAt: Timestamp(seconds: 1), lastUsedAt: Timestamp(seconds: 1))
  }

  /// What `scripts/check-vllm` found in vLLM's own parser.
  private static func vllm() throws -> [String: Set<String>] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: tests.appending(path: "Fixtures/vllm-serve.txt"))
    let text = String(decoding: data, as: UTF8.self)
    var found: [String: Set<String>] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      found[words[0], default: []].insert(words[1])
    }
    return found
  }

  @Test func `every option and variable of vLLM's command line is one that its parser knows`() throws {
    let known = try Self.vllm()
    let command = EngineCommand(Self.record(.vllm), command: "/opt/vllm/bin/vllm")
    #expect(command.arguments.prefix(3) == ["/opt/vllm/bin/vllm", "serve", "/models/nova"])
    let options = command.arguments.filter { $0.hasPrefix("--") }
    #expect(options.count >= 8)
    #expect(Set(options).subtracting(known["option"] ?? []) == [])
    let rank = try #require(command.arguments.firstIndex(of: "--max-lora-rank"))
    #expect(known["rank"]?.contains(command.arguments[rank + 1]) == true)
    let own = command.environment.keys.filter { $0.hasPrefix("VLLM_") }
    #expect(Set(own) == known["environment"])
    #expect(known["option"]?.contains("--no-such-option") == false)
  }

  @Test func `a server listens on the loopback only, and its key is on no command line`() throws {
    for engine in ModelEngine.allCases {
      let command = EngineCommand(Self.record(engine), command: "x")
      #expect(!command.arguments.joined(separator: " ").contains("sk-secret"))
      #expect(command.environment.values.contains("sk-secret"))
      let places = command.arguments + command.environment.map { "\($0.key)=\($0.value)" }
      #expect(places.contains { $0.hasSuffix("127.0.0.1") } && places.contains { $0.hasSuffix("4321") })
      #expect(command.environment["HF_HUB_OFFLINE"] == "1")
    }
    let hub = EngineCommand(Self.record(.llamafactory, path: "Qwen/Qwen3-8B"), command: "x")
    #expect(hub.environment["HF_HUB_OFFLINE"] == nil)
  }

  @Test func `an adapter is served on its base with its template and system message, one word each`() {
    let arguments = EngineCommand(
      Self.record(.llamafactory, base: "/models/base", prompt: "--Be kind; $(ls)"), command: "lf"
    ).arguments
    #expect(
      arguments == [
        "lf", "api", "--template", "qwen", "--infer_backend", "huggingface", "--model_name_or_path",
        "/models/base", "--adapter_name_or_path", "/models/nova", "--finetuning_type", "lora",
        "--default_system=--Be kind; $(ls)",
      ])
  }
}

/// Which adapters vLLM gives to a running base.
@Suite struct AdapterConfigurationTests {
  private static func fits(_ text: String) throws -> Bool {
    try JSONDecoder().decode(AdapterConfiguration.self, from: Data(text.utf8)).fitsSharedBase
  }

  @Test func `what vLLM refuses does not fit, and what LLaMA-Factory makes by default does`() throws {
    for text in [
      "{}",
      "{\"peft_type\": \"LORA\", \"r\": 64, \"bias\": \"none\", \"use_dora\": false, \"lora_bias\": false}",
      "{\"r\": 8, \"modules_to_save\": null, \"rank_pattern\": {}, \"init_lora_weights\": true}",
      "{\"r\": 8, \"modules_to_save\": [], \"target_modules\": [\"q_proj\"]}",
    ] {
      #expect(try Self.fits(text), "\(text)")
    }
    for text in [
      "{\"r\": 65}", "{\"r\": 8, \"rank_pattern\": {\"q_proj\": 128}}", "{\"use_dora\": true}",
      "{\"modules_to_save\": [\"lm_head\"]}", "{\"bias\": \"all\"}", "{\"lora_bias\": true}",
      "{\"peft_type\": \"OFT\"}",
    ] {
      #expect(try !Self.fits(text), "\(text)")
    }
  }

  @Test func `a merged adapter is served from its own folder, with nothing of adapters`() {
    let record = ServiceRecord(
      id: .make(), userID: .make(), hostID: HostID(rawValue: "local"), modelPath: "/models/nova",
      baseModel: "/models/base", template: "qwen", engine: .vllm, directory: "/data/s", port: 4321,
      key: "sk-secret", state: .starting, createdAt: Timestamp(seconds: 1), lastUsedAt: Timestamp(seconds: 1))
    let arguments = EngineCommand(record, command: "vllm", merged: "/u/.merged/abc").arguments
    #expect(arguments.prefix(3) == ["vllm", "serve", "/u/.merged/abc"])
    #expect(!arguments.contains { $0.contains("lora") || $0 == "/models/nova" || $0 == "/models/base" })
  }
}
