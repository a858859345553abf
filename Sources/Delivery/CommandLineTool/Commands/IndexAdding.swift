import Contract
import HTTPFetching
import HTTPWire

/// `luthier index add` and `luthier index refresh`.
enum IndexAdding {
  static let add = Command(
    "add", "Add files, or the documents of folders, to an index",
    notes: """
      Text, Markdown, HTML, source code, PDF and Word (.docx), at most 16 MiB each. A document that is there already under its name is \
      replaced when its bytes are others, and left alone when they are the same. Of folders, links, what begins with \
      a dot, and what is built (node_modules, build, …) are left out.
      """,
    positionals: [IndexCommands.named, .init("PATH", "A file or a folder", .many)],
    examples: [.init("luthier index add docs ./handbook notes.md", "A folder and a file.")]
  ) { try await take($0, prunes: false) }

  static let refresh = Command(
    "refresh", "Make an index hold what folders and files hold now",
    notes: "As add does; then documents of the index that are in none of the paths are taken out.",
    positionals: [IndexCommands.named, .init("PATH", "All that the index is to hold", .many)],
    examples: [.init("luthier index refresh docs ./handbook", "Also what was deleted there.")]
  ) { try await take($0, prunes: true) }

  private struct Tally {
    var added = 0
    var unchanged = 0
    var removed = 0
    var failures: [(name: String, failure: CommandFailure)] = []
  }

  /// What is wrong with one file, and not with the server or the index.
  private static let ofFile: Set<String> = ["unsupported_media_type", "too_large", "invalid_input"]

  private static func take(_ call: Invocation, prunes: Bool) async throws -> ExitCode {
    let client = try call.client()
    let index = call.arguments.word("INDEX")
    let documents = APIPath("api", "indexes", index, "documents")
    // First: a name that is none must not be found out after a thousand files were read.
    let before = try await client.get(documents, as: DocumentListReply.self).value.documents
    var files: [DocumentFolder.File] = []
    for path in call.arguments.words("PATH") { files += try DocumentFolder.files(at: path) }
    if files.isEmpty { throw CommandFailure(.failed, "There is no text file.", code: "no_such_file") }
    var tally = Tally()
    let line = LiveLine(call.console.errors)
    for (place, file) in files.enumerated() {
      line.show("\(place + 1) of \(files.count): \(file.name)")
      do {
        let reply = try await send(file, to: index, client)
        if reply.isNew { tally.added += 1 } else { tally.unchanged += 1 }
      } catch let failure as CommandFailure where ofFile.contains(failure.envelope.code) {
        // One that cannot be taken does not keep the others out.
        tally.failures.append((file.name, failure))
      }
    }
    line.clear()
    if prunes {
      let names = Set(files.map(\.name))
      for gone in before where !names.contains(gone.name) {
        _ = try await client.delete(APIPath("api", "documents", gone.documentID), as: MessageReply.self)
        tally.removed += 1
      }
    }
    await followVectors(of: index, client, line)
    return report(tally, call)
  }

  /// Shows how far the vectors are on a terminal; they are made also when nobody looks.
  private static func followVectors(of index: String, _ client: APIClient, _ line: LiveLine) async {
    guard line.isSeen else { return }
    while !Task.isCancelled {
      let now = try? await client.get(APIPath("api", "indexes", index), as: IndexReply.self).value
      guard let now, let vectors = now.vectors, vectors.problem == nil, vectors.embedded < now.passages else {
        break
      }
      line.show("\(vectors.embedded) of \(now.passages) passages have vectors (Ctrl-C leaves; they go on)")
      try? await Task.sleep(for: .milliseconds(300))
    }
    line.clear()
  }

  private static func send(
    _ file: DocumentFolder.File, to index: String, _ client: APIClient
  ) async throws -> AddedDocumentReply {
    let upload = try FileUpload(path: file.path) { _ in }
    var request = client.request(
      .post, APIPath("api", "indexes", index, "documents", query: [("name", file.name)]))
    request.fields["Content-Type"] = upload.contentType
    request.body = upload.body
    return try await client.send(request, as: AddedDocumentReply.self).value
  }

  private static func report(_ tally: Tally, _ call: Invocation) -> ExitCode {
    for (name, failure) in tally.failures { call.printer.warning("\(name): \(failure.envelope.error)") }
    if call.printer.isJSON {
      let fields = "\"added\":\(tally.added),\"unchanged\":\(tally.unchanged),\"removed\":\(tally.removed)"
      call.printer.json(Array("{\(fields),\"failed\":\(tally.failures.count)}".utf8))
    } else {
      call.printer.line(
        "\(tally.added) added, \(tally.unchanged) unchanged, \(tally.removed) taken out"
          + (tally.failures.isEmpty ? "." : ", \(tally.failures.count) refused."))
    }
    return tally.failures.isEmpty ? .done : .failed
  }
}
