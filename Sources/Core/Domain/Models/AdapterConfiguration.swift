/// What an `adapter_config.json` says that decides how the adapter can be served.
package struct AdapterConfiguration: Decodable, Sendable, Equatable {
  /// The highest rank that a vLLM server of ours takes.
  package static let largestRank = 64

  package let kind: String?
  package let rank: Int?
  package let ranks: [String: Int]?
  package let usesDoRA: Bool?
  package let savedModules: [String]?
  package let bias: String?
  package let hasBias: Bool?

  private enum CodingKeys: String, CodingKey {
    case kind = "peft_type", rank = "r", ranks = "rank_pattern", usesDoRA = "use_dora"
    case savedModules = "modules_to_save", bias, hasBias = "lora_bias"
  }

  /// Whether vLLM gives its base this adapter while it runs: its loader refuses all others.
  package var fitsSharedBase: Bool {
    (kind ?? "LORA") == "LORA" && usesDoRA != true && (savedModules ?? []).isEmpty
      && (bias ?? "none") == "none"
      && hasBias != true && ([rank ?? 8] + (ranks ?? [:]).values).allSatisfy { $0 <= Self.largestRank }
  }
}
