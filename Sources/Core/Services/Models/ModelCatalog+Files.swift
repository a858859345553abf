package import Domain

extension ModelCatalog {
  /// The files of one of the user's models.
  ///
  /// Throws `forbidden` for a folder that is neither the user's own nor one that everyone may use.
  package func files(of model: ModelRecord) async throws(DomainError) -> [ModelFile] {
    try await host(of: model).modelFiles(in: model.path)
  }

  /// One of the model's files; throws `not_found`.
  package func file(_ name: String, of model: ModelRecord) async throws(DomainError) -> ModelFile {
    guard let file = try await files(of: model).first(where: { $0.name == name }) else {
      throw .notFound("The file")
    }
    return file
  }

  /// What the model's files are as a tar archive.
  package func archive(of model: ModelRecord) async throws(DomainError) -> ModelArchive {
    try await host(of: model).archive(of: model.path, named: SafeFilename.sanitized(model.name).value)
  }

  /// Bytes of the archive, at the reader's pace.
  package func contents(of archive: ModelArchive, of model: ModelRecord, range: Range<Int64>)
    async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    try await host(of: model).contents(of: archive, in: model.path, range: range)
  }

  /// Bytes of one of the model's files, at the reader's pace.
  package func contents(of file: ModelFile, of model: ModelRecord, range: Range<Int64>)
    async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    try await host(of: model).contents(of: file, in: model.path, range: range)
  }

  /// A model may be used from any folder that holds one, but its files are given away only from these.
  private func host(of model: ModelRecord) async throws(DomainError) -> any Host {
    let host = try await fleet.host(model.hostID)
    let own = "\(try host.description.userDataFolder())/\(model.userID.rawValue)"
    guard ([own] + sharedFolders).contains(where: { model.path.hasPrefix($0 + "/") }) else {
      throw DomainError(
        .forbidden, "The files of this model cannot be downloaded.",
        hint: "Only models in your own folder and in the shared folders of the host can be.")
    }
    return host
  }
}
