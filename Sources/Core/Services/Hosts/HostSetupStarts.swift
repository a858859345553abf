import Domain

/// Installations that are being started, one at a time for each host: two at once would take each other's folder away.
actor HostSetupStarts {
  private var running: [HostID: Task<Result<HostSetup.State, DomainError>, Never>] = [:]

  /// Starts what is given, or gives what comes of the start that goes on.
  ///
  /// A start goes on when its caller leaves.
  func start(
    _ id: HostID, _ begin: @escaping @Sendable () async throws(DomainError) -> HostSetup.State
  ) async throws(DomainError) -> HostSetup.State {
    if let other = running[id] { return try await other.value.get() }
    let task = Task { () async -> Result<HostSetup.State, DomainError> in
      do throws(DomainError) { return .success(try await begin()) } catch { return .failure(error) }
    }
    running[id] = task
    defer { running[id] = nil }
    return try await task.value.get()
  }
}
