package import Domain

/// Loads the models that an operator wants to be there from the start.
package struct ModelPreload: Sendable {
  private let names: [String]
  private let catalog: ModelCatalog
  private let runtime: ModelRuntime
  private let user: UserID
  private let log: ServerLog

  /// - Parameters:
  ///   - names: of shared models, or their folders.
  ///   - user: whose they are: they are everyone's, and only an administrator unloads them.
  package init(
    names: [String], catalog: ModelCatalog, runtime: ModelRuntime, user: UserID, log: ServerLog
  ) {
    self.names = names
    self.catalog = catalog
    self.runtime = runtime
    self.user = user
    self.log = log
  }

  /// Begins each load, and waits for none; what cannot be found is told in the log.
  package func run() async {
    for name in names {
      do {
        guard let model = try await find(name) else {
          log.warning("a model to load at the start is not in LUTHIER_MODEL_FOLDERS", ["model": name])
          continue
        }
        try await runtime.load(model, for: user)
      } catch {
        log.warning("a model could not be loaded at the start", ["model": name, "error": "\(error)"])
      }
    }
  }

  /// The host may be reached only a moment after the start.
  private func find(_ name: String) async throws -> ResolvedModel? {
    for _ in 0..<30 where await !isReachable() { try await Task.sleep(for: .seconds(2)) }
    return try await catalog.sharedModel(named: name, for: user)
  }

  private func isReachable() async -> Bool {
    guard let first = await catalog.fleet.hosts().first else { return false }
    return await first.connection().state == .connected
  }
}
