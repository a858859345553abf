import Domain

extension ModelArchiving {
  // MARK: To the store

  /// The files of a model as its host has them; throws where there are none.
  func archivable(_ model: ModelRecord) async throws(DomainError) -> [ModelFile] {
    let files = try await catalog.hostFiles(of: model)
    guard !files.isEmpty else {
      throw DomainError(
        .modelMissing, "The model's folder has no files on its host.",
        hint: "Only what is there can be archived.", origin: .host)
    }
    return files
  }

  func carry(archiveOf model: ModelRecord, _ key: Key) async throws -> ArchivedModel {
    let files = try await archivable(model)
    if let ready = try await store.archives(of: model.id, owner: model.userID)
      .first(where: { $0.state == .ready }), ready.holds(files)
    {
      return ready
    }
    var listed: [ArchivedFile] = []
    for file in files { listed.append(try ArchivedFile(file)) }
    var archive = ArchivedModel(
      id: .make(), userID: model.userID, modelID: model.id, files: listed, createdAt: clock.now())
    try await store.begin(archive, mostBytes: try await quotas.mostBytes(of: model.userID))
    do {
      for index in archive.files.indices {
        archive.files[index].contentHash = try await send(files[index], index, of: archive, model, key)
        guard try await store.note(archive) else {
          // It was removed meanwhile, and what was just stored with nobody to know of it.
          try await blobs.remove(archive.key(of: index))
          throw Self.gone
        }
      }
      try Task.checkCancellation()
      // A model that is written to just now is none that could be relied on.
      guard archive.holds(try await catalog.hostFiles(of: model)) else { throw Self.changed }
      let event = NewEvent(
        kind: .modelArchiving, userID: model.userID, subject: model.id.rawValue,
        fields: [
          "kind": .text("archive"), "state": .text("ready"), "done": .integer(archive.size),
          "total": .integer(archive.size),
        ])
      archive.endedAt = clock.now()
      guard let told = try await store.finish(archive.id, at: archive.endedAt ?? clock.now(), event: event)
      else { throw Self.gone }
      archive.state = .ready
      events.publish([told])
    } catch {
      let reason = Task.isCancelled ? nil : (error as? DomainError)?.message ?? "It could not be stored."
      // Of its own: a cancelled task's requests would fail at once.
      await Task { await self.giveUp(archive, reason) }.value
      throw error
    }
    log.info("model archived", ["model": model.id.rawValue, "bytes": String(archive.size)])
    await tidy()
    return archive
  }

  /// Stores one file and gives its SHA-256.
  private func send(
    _ file: ModelFile, _ index: Int, of archive: ArchivedModel, _ model: ModelRecord, _ key: Key
  ) async throws -> String {
    let before = archive.storedBytes
    let writer = try await blobs.create(for: model.userID)
    do {
      var done: Int64 = 0
      if file.size > 0 {
        for try await piece in try await catalog.hostContents(of: file, of: model, range: 0..<file.size) {
          try await writer.write(piece)
          done += Int64(piece.count)
          note(TransferProgress(sent: before + done, total: archive.size), key)
        }
      }
      // A stream whose reader was cancelled ends like one that is whole.
      try Task.checkCancellation()
      guard done == file.size else { throw Self.changed }
      return try await writer.commit(as: archive.key(of: index)).contentHash
    } catch {
      await writer.abandon()
      throw error
    }
  }

  private func giveUp(_ archive: ArchivedModel, _ reason: String?) async {
    do throws(DomainError) {
      try await store.fail(archive.id, because: reason, at: clock.now())
    } catch {
      log.warning("an archive could not be given up yet", ["error": error.debugDescription])
    }
    await tidy()
    await events.record(
      NewEvent(
        kind: .modelArchiving, userID: archive.userID, subject: archive.modelID.rawValue,
        fields: ["kind": .text("archive"), "state": .text(reason == nil ? "stopped" : "failed")]),
      at: clock.now())
  }

  private static let changed = DomainError.conflict(
    "The model's files changed while they were archived.", hint: "Wait until nothing writes to them.")
  private static let gone = DomainError.conflict(
    "The archive was removed while it was made.", hint: "Ask again, if you want it.")

  // MARK: To a host

  /// The model's archive; throws `conflict` where it has none.
  func whole(_ model: ModelRecord) async throws(DomainError) -> ArchivedModel {
    let all = try await store.archives(of: model.id, owner: model.userID)
    guard let archive = all.first(where: { $0.state == .ready }) else {
      throw .conflict("This model has no archive.", hint: "Archive it while its host has it.")
    }
    return archive
  }

  func carry(
    restoreOf model: ModelRecord, to hostID: HostID, name: String?, _ key: Key
  ) async throws -> ModelRecord {
    let archive = try await whole(model)
    let host = try await fleet.host(hostID)
    let id = ModelID.make()
    let folder = try ModelRecord.restoredFolder(of: model.userID, on: host.description) + "/" + id.rawValue
    let restore = ModelRestore(
      id: id, userID: model.userID, hostID: hostID, path: folder, createdAt: clock.now())
    try await store.begin(restore)
    do {
      for index in archive.files.indices { try await put(index, of: archive, in: folder, on: host, key) }
      try Task.checkCancellation()
      let record = ModelRecord(
        id: id, userID: model.userID, name: name ?? model.name, kind: model.kind, hostID: hostID,
        path: folder, baseModel: model.baseModel, template: model.template,
        systemPrompt: model.systemPrompt, taskID: model.taskID, size: archive.size, engine: model.engine,
        mergedFrom: model.mergedFrom, createdAt: clock.now())
      let event = NewEvent(
        kind: .modelAdded, userID: model.userID, subject: id.rawValue,
        fields: ["name": .text(record.name), "kind": .text(record.kind.rawValue)])
      events.publish([try await models.insert(record, event: event)])
      // Where this fails, the next start sees that the model is there.
      try? await store.end(restore, removing: false)
      log.info("model restored", ["model": id.rawValue, "from": model.id.rawValue])
      return record
    } catch {
      await Task { await self.giveUp(restore) }.value
      throw error
    }
  }

  /// Places one file, verified by its hash, and tells how far the whole is.
  private func put(
    _ index: Int, of archive: ArchivedModel, in folder: String, on host: any Host, _ key: Key
  ) async throws {
    try Task.checkCancellation()
    let file = archive.files[index]
    guard let hash = file.contentHash else {
      throw DomainError(.internalFault, "A file of the archive has no hash.")
    }
    let before = archive.files[..<index].reduce(0) { $0 + $1.size }
    let (states, told) = AsyncStream.makeStream(
      of: TransferProgress.self, bufferingPolicy: .bufferingNewest(1))
    async let telling: Void = {
      for await state in states {
        await note(TransferProgress(sent: before + min(state.sent, file.size), total: archive.size), key)
      }
    }()
    do {
      try await host.place(
        archive.key(of: index), contentHash: hash, at: folder + "/" + file.name,
        progress: { told.yield($0) })
      told.finish()
    } catch {
      told.finish()
      throw error
    }
    await telling
    note(TransferProgress(sent: before + file.size, total: archive.size), key)
  }

  private func giveUp(_ restore: ModelRestore) async {
    do throws(DomainError) {
      try await store.end(restore, removing: true)
    } catch {
      log.warning("a restore could not be given up yet", ["error": error.debugDescription])
    }
    await removals.carryOut()
  }
}
