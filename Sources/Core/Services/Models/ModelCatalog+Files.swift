package import Domain

extension ModelCatalog {
  /// The files of one of the user's models; those of its archive where the host cannot be asked or has them no more.
  ///
  /// Throws `forbidden` for a folder that is neither the user's own nor one that everyone may use.
  package func files(of model: ModelRecord) async throws(DomainError) -> [ModelFile] {
    let failure: DomainError
    do throws(DomainError) {
      let files = try await hostFiles(of: model)
      if files.isEmpty, let kept = try await archives?.ready(model) { return kept.files.map(\.modelFile) }
      return files
    } catch {
      failure = error
    }
    guard let kept = try await archive(of: model, insteadOf: failure) else { throw failure }
    return kept.files.map(\.modelFile)
  }

  /// One of the model's files; throws `not_found`.
  package func file(_ name: String, of model: ModelRecord) async throws(DomainError) -> ModelFile {
    guard let file = try await files(of: model).first(where: { $0.name == name }) else {
      throw .notFound("The file")
    }
    return file
  }

  /// What the model's files are as a tar archive, likewise.
  package func archive(of model: ModelRecord) async throws(DomainError) -> ModelArchive {
    let name = SafeFilename.sanitized(model.name).value
    let failure: DomainError
    do throws(DomainError) {
      return try await host(of: model).archive(of: model.path, named: name)
    } catch {
      failure = error
    }
    if let archives, let kept = try await archive(of: model, insteadOf: failure) {
      return archives.tar(kept, named: name)
    }
    throw failure
  }

  /// Bytes of the archive, at the reader's pace.
  package func contents(of archive: ModelArchive, of model: ModelRecord, range: Range<Int64>)
    async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    if let archives, let kept = try await archives.ready(model),
      archives.tar(kept, named: archive.name) == archive
    {
      return archives.contents(ofTar: archive.name, kept, range: range)
    }
    return try await host(of: model).contents(of: archive, in: model.path, range: range)
  }

  /// Bytes of one of the model's files, at the reader's pace; of its archive, where the host cannot give them.
  package func contents(of file: ModelFile, of model: ModelRecord, range: Range<Int64>)
    async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let failure: DomainError
    do throws(DomainError) {
      return try await hostContents(of: file, of: model, range: range)
    } catch {
      failure = error
    }
    if let archives, let kept = try await archive(of: model, insteadOf: failure),
      let index = kept.files.firstIndex(where: { $0.modelFile == file })
    {
      return try await archives.contents(of: index, kept, range: range)
    }
    throw failure
  }

  /// The files as they lie on the model's host now.
  func hostFiles(of model: ModelRecord) async throws(DomainError) -> [ModelFile] {
    try await host(of: model).modelFiles(in: model.path)
  }

  func hostContents(of file: ModelFile, of model: ModelRecord, range: Range<Int64>)
    async throws(DomainError) -> AsyncThrowingStream<[UInt8], any Error>
  {
    try await host(of: model).contents(of: file, in: model.path, range: range)
  }

  /// The model's archive, where this is a failure to reach what the model's own folder has.
  private func archive(
    of model: ModelRecord, insteadOf failure: DomainError
  ) async throws(DomainError) -> ArchivedModel? {
    guard [.hostUnreachable, .notFound, .modelMissing, .timedOut].contains(failure.code) else { return nil }
    return try await archives?.ready(model)
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
