package import Domain

/// The models of an Ollama server, each under `ollama/NAME`.
///
/// The server's list is asked for at most every half minute; while it cannot be had, the last one holds.
package actor OllamaModels {
  static let prefix = "ollama/"
  private static let freshSeconds = 30.0

  /// Without `/v1`; nil: there is no such server.
  private nonisolated let base: String?
  private let calling: any ModelCalling
  private let clock: WallClock
  private var known: [ServedModel] = []
  private var askedAt: Timestamp?

  package init(base: String?, calling: any ModelCalling, clock: WallClock) {
    self.base = base
    self.calling = calling
    self.clock = clock
  }

  /// The names, as callers use them.
  package func names() async -> [String] { await list().map(\.name) }

  /// The models under the names that callers use.
  package func list() async -> [ServedModel] {
    guard let address = address(ofModel: "") else { return [] }
    let now = clock.now()
    if askedAt.map({ now.seconds(since: $0) >= Self.freshSeconds }) ?? true {
      // Noted before the answer: a server that hangs is not asked by everyone at once.
      askedAt = now
      if let models = try? await calling.details(at: address) { known = models }
    }
    return known.map {
      ServedModel(name: Self.prefix + $0.name, size: $0.size, modifiedAt: $0.modifiedAt)
    }
  }

  /// Where a name of the list is served; nil for another name.
  ///
  /// The server itself knows whether it has the model.
  nonisolated func address(named name: String) -> EngineAddress? {
    guard name.hasPrefix(Self.prefix), name.count > Self.prefix.count else { return nil }
    return address(ofModel: String(name.dropFirst(Self.prefix.count)))
  }

  private nonisolated func address(ofModel model: String) -> EngineAddress? {
    base.map { EngineAddress(baseURL: $0, key: nil, model: model) }
  }
}
