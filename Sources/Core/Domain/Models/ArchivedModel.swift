/// A file of an archived model.
package struct ArchivedFile: Sendable, Equatable, Codable {
  /// Its path within the model's folder.
  package let name: String
  package let size: Int64
  /// Milliseconds since 1970.
  package let modified: Int64
  /// What told its content on the host, see `ModelFile.tag`.
  package let tag: String
  /// SHA-256, lower-case hexadecimal; nil until it is stored.
  package var contentHash: String?

  /// Throws `host_failed` for a name that leads out of a folder.
  package init(_ file: ModelFile) throws(DomainError) {
    let parts = file.name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !file.name.utf8.contains(0) else {
      throw DomainError(
        .hostFailed, "The host names a file of the model that leads out of its folder.", origin: .host)
    }
    name = file.name
    size = file.size
    modified = file.modifiedAt.milliseconds
    tag = file.tag
  }

  /// It as the model's host would list it.
  package var modelFile: ModelFile {
    ModelFile(name: name, size: size, modifiedAt: Timestamp(milliseconds: modified), tag: tag)
  }
}

/// A copy of a model's files in the server's store, so that they outlive the host they lie on.
///
/// | state | meaning |
/// |---|---|
/// | archiving | files are on their way |
/// | ready | all of them are stored |
/// | failed | it ended too early; nothing of it is kept |
/// | removed | its files are to be removed, then its row |
package struct ArchivedModel: Sendable, Equatable {
  package enum State: String, Sendable { case archiving, ready, failed, removed }

  package let id: ArchiveID
  package let userID: UserID
  package let modelID: ModelID
  package var state: State
  package var files: [ArchivedFile]
  /// Bytes of all files, also of those on their way.
  package let size: Int64
  /// Why it failed, safe to show.
  package var reason: String?
  package let createdAt: Timestamp
  package var endedAt: Timestamp?

  package init(
    id: ArchiveID, userID: UserID, modelID: ModelID, state: State = .archiving, files: [ArchivedFile],
    size: Int64? = nil, reason: String? = nil, createdAt: Timestamp, endedAt: Timestamp? = nil
  ) {
    self.id = id
    self.userID = userID
    self.modelID = modelID
    self.state = state
    self.files = files
    self.size = size ?? files.reduce(0) { $0 + $1.size }
    self.reason = reason
    self.createdAt = createdAt
    self.endedAt = endedAt
  }

  /// Bytes of the files that are stored.
  package var storedBytes: Int64 {
    files.reduce(0) { $0 + ($1.contentHash == nil ? 0 : $1.size) }
  }

  /// Where a file of it is stored; names on hosts may be longer and stranger than a store takes.
  package func key(of index: Int) -> BlobKey {
    BlobKey(userID: userID, folder: .archives, filename: "\(id.rawValue)-\(index)")
  }

  /// Whether these are the files it is of, unchanged.
  package func holds(_ files: [ModelFile]) -> Bool {
    self.files.map(\.modelFile.identity) == files.map(\.identity)
  }
}

extension ModelFile {
  fileprivate var identity: [String] { [name, String(size), tag] }
}

/// A model on its way from an archive to a host, so that nothing half stays where a server is killed.
package struct ModelRestore: Sendable, Equatable {
  /// The model that it becomes.
  package let id: ModelID
  package let userID: UserID
  package let hostID: HostID
  /// The folder on the host.
  package let path: String
  package let createdAt: Timestamp

  package init(id: ModelID, userID: UserID, hostID: HostID, path: String, createdAt: Timestamp) {
    self.id = id
    self.userID = userID
    self.hostID = hostID
    self.path = path
    self.createdAt = createdAt
  }
}
