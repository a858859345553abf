package import Domain

extension TaskStaging {
  /// Places a dataset on the host and tells how far it is, four times a second at most; a short sending tells nothing.
  func place(_ dataset: DatasetRecord, at path: String, for task: TaskRecord) async throws(DomainError) {
    // A deleted dataset of the same name may still be due for removal there.
    try await supervisor.removals.keep(Removal(hostID: host.description.id, path: path))
    let (states, told) = AsyncStream.makeStream(
      of: TransferProgress.self, bufferingPolicy: .bufferingNewest(1))
    async let _: Void = tell(states, dataset.filename, task.id)
    defer { told.finish() }
    try await host.place(
      BlobKey(userID: dataset.userID, filename: dataset.filename), contentHash: dataset.contentHash, at: path,
      progress: { told.yield($0) })
    await supervisor.hasSent(task.id)
  }

  private func tell(_ states: AsyncStream<TransferProgress>, _ filename: String, _ id: TaskID) async {
    for await progress in states {
      guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { return }
      await supervisor.tell(sending: filename, progress, for: id)
    }
  }
}

/// A file on its way to a task's host.
package struct TaskSending: Sendable, Equatable {
  package let filename: String
  package let progress: TransferProgress
}

extension TaskSupervisor {
  /// What is on its way for a task; nil where nothing is, or it is too short to be told.
  func sending(for task: TaskRecord) -> TaskSending? { task.state == .staging ? sendings[task.id] : nil }

  func hasSent(_ id: TaskID) { sendings[id] = nil }

  /// Tells what of a staged task is on its way; told again soon, so a store that is busy is not waited for.
  func tell(sending filename: String, _ progress: TransferProgress, for id: TaskID) async {
    guard let task = try? await tasks.task(id, owner: nil), task.state == .staging else {
      return hasSent(id)
    }
    sendings[id] = TaskSending(filename: filename, progress: progress)
    let change = TaskChange(task: task, events: [TaskEvents.sending(filename, progress, for: task)])
    guard let stored = try? await tasks.update(change) else { return }
    events.publish(stored.events)
  }
}
