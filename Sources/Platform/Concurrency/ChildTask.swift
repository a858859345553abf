/// Runs work as a child of its own: the memory of its deepest calls goes with it, when it has ended.
///
/// A task keeps what its functions' frames once took until it ends. For what is done once, or seldom, in a task that
/// lives long and of which there are many. It is cancelled with the caller.
package func inChildTask<Value: Sendable, Failure: Error>(
  _ work: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  async let outcome = result(of: work)
  return try await outcome.get()
}

private func result<Value: Sendable, Failure: Error>(
  of work: @Sendable () async throws(Failure) -> Value
) async -> Result<Value, Failure> {
  do throws(Failure) { return .success(try await work()) } catch { return .failure(error) }
}
