import Contract
import FoundationEssentials
import HTTPFetching
import HTTPWire

/// `luthier index add` and `luthier index refresh`.
enum IndexAdding {
  static let add = Command(
    "add", "Add files, or the documents of folders, to an index",
    notes: """
      Text, Markdown, HTML and source code of at most 16 MiB each, PDF and Word (.docx) of at most 256 MiB. A document \
      that is there already under its name is replaced when its bytes are others, and left alone when they are the \
      same. Of folders, links, what begins with a dot, and what is built (node_modules, build, …) are left out. What cannot be taken in stays listed in the index \
      with its reason (luthier index show) until it is, and is tried again by adding it again or by luthier index retry.
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
    var leftOut: [String] = []
  }

  /// What is wrong with one file, and not with the server or the index; the last two are found here.
  private static let ofFile: Set<String> = [
    "unsupported_media_type", "too_large", "invalid_input", "no_such_file", "file_changed",
  ]

  private static func take(_ call: Invocation, prunes: Bool) async throws -> ExitCode {
    let client = try call.client()
    let index = call.arguments.word("INDEX")
    let documents = APIPath("api", "indexes", index, "documents")
    // First: a name that is none must not be found out after a thousand files were read.
    let before = try await client.get(documents, as: DocumentListReply.self).value
    var files: [DocumentFolder.File] = []
    var tally = Tally()
    for path in call.arguments.words("PATH") {
      let folder = try DocumentFolder(at: path)
      files += folder.files
      tally.leftOut += folder.leftOut
    }
    if files.isEmpty { throw CommandFailure(.failed, "There is no text file.", code: "no_such_file") }
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
      for gone in before.documents where !names.contains(gone.name) {
        _ = try await client.delete(APIPath("api", "documents", gone.documentID), as: MessageReply.self)
        tally.removed += 1
      }
      for gone in before.failed where !names.contains(gone.name) {
        _ = try await client.delete(APIPath("api", "documents", gone.documentID), as: MessageReply.self)
      }
    }
    await followVectors(of: index, client, line)
    return try report(tally, call)
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
    // The size goes ahead: what is too large is refused, and listed, before it is sent.
    var request = client.request(
      .post,
      APIPath(
        "api", "indexes", index, "documents", query: [("name", file.name), ("size", String(upload.size))]))
    request.fields["Content-Type"] = upload.contentType
    request.body = upload.body
    return try await client.send(request, as: AddedDocumentReply.self).value
  }

  /// What `--json` has of it.
  private struct Report: Encodable {
    struct Failure: Encodable {
      let name: String
      let code: String
      let error: String
    }

    let added: Int
    let unchanged: Int
    let removed: Int
    let failed: Int
    let failures: [Failure]
    let leftOut: [String]

    private enum CodingKeys: String, CodingKey {
      case added, unchanged, removed, failed, failures, leftOut = "left_out"
    }
  }

  private static func report(_ tally: Tally, _ call: Invocation) throws -> ExitCode {
    if call.printer.isJSON {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      call.printer.json(
        Array(
          try encoder.encode(
            Report(
              added: tally.added, unchanged: tally.unchanged, removed: tally.removed,
              failed: tally.failures.count,
              failures: tally.failures.map {
                .init(name: $0.name, code: $0.failure.envelope.code, error: $0.failure.envelope.error)
              }, leftOut: tally.leftOut))))
      return tally.failures.isEmpty ? .done : .failed
    }
    for (name, failure) in tally.failures {
      let hint = failure.envelope.hint.map { " " + $0 } ?? ""
      call.printer.warning("\(name): \(failure.envelope.error)\(hint)")
    }
    call.printer.line(
      "\(tally.added) added, \(tally.unchanged) unchanged, \(tally.removed) taken out"
        + (tally.failures.isEmpty ? "." : ", \(tally.failures.count) refused."))
    if !tally.leftOut.isEmpty {
      let some = tally.leftOut.prefix(3).joined(separator: ", ") + (tally.leftOut.count > 3 ? ", …" : "")
      call.printer.hint("Left out, being no documents by their names: \(some) (\(tally.leftOut.count)).")
    }
    if !tally.failures.isEmpty {
      call.printer.hint(
        "What was refused stays listed with its reason: luthier index show \(call.arguments.word("INDEX"))")
    }
    return tally.failures.isEmpty ? .done : .failed
  }
}
