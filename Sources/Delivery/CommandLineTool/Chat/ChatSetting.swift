import Contract

/// What `/set` changes.
enum ChatSetting: String, CaseIterable, Sendable {
  case temperature
  case topP = "top_p"
  case topK = "top_k"
  case maxTokens = "max_tokens"
  case seed

  var bounds: String {
    switch self {
    case .temperature: "0 to 2"
    case .topP: "more than 0, at most 1"
    case .topK: "1 to 1000"
    case .maxTokens: "1 to 32768"
    case .seed: "0 to 4294967295"
    }
  }

  /// The present value, in words.
  func value(in settings: ChatSettingsBody) -> String {
    let value: String? =
      switch self {
      case .temperature: settings.temperature.map { "\($0)" }
      case .topP: settings.topP.map { "\($0)" }
      case .topK: settings.topK.map { "\($0)" }
      case .maxTokens: settings.maxTokens.map { "\($0)" }
      case .seed: settings.seed.map { "\($0)" }
      }
    return value ?? "the model's own"
  }

  /// The settings with another value; `default` takes it away.
  func changed(to text: String, in settings: ChatSettingsBody) throws(UsageError) -> ChatSettingsBody {
    let isDefault = text == "default"
    let number = Double(text)
    let whole = Int64(text)
    let isGood =
      switch self {
      case .temperature: number.map { (0...2).contains($0) } ?? false
      case .topP: number.map { $0 > 0 && $0 <= 1 } ?? false
      case .topK: whole.map { (1...1000).contains($0) } ?? false
      case .maxTokens: whole.map { (1...32_768).contains($0) } ?? false
      case .seed: whole.map { (0...4_294_967_295).contains($0) } ?? false
      }
    guard isDefault || isGood else {
      throw UsageError("\(rawValue) is \(bounds), or default, not \"\(text)\".")
    }
    return ChatSettingsBody(
      systemPrompt: settings.systemPrompt,
      temperature: self == .temperature ? (isDefault ? nil : number) : settings.temperature,
      topP: self == .topP ? (isDefault ? nil : number) : settings.topP,
      topK: self == .topK ? (isDefault ? nil : whole.map { Int($0) }) : settings.topK,
      maxTokens: self == .maxTokens ? (isDefault ? nil : whole.map { Int($0) }) : settings.maxTokens,
      seed: self == .seed ? (isDefault ? nil : whole) : settings.seed)
  }
}
