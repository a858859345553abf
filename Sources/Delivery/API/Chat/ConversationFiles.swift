import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// Conversations as files: out and in, one at a time, whatever their number.
extension Conversations {
  static func export(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    let archive = try await call.services.conversations.archive(of: id, for: try call.user.id)
    var response = try Response.json(ConversationFile(conversations: [archive.wire]))
    response.fields["Content-Disposition"] = attachment("conversation.json")
    return response
  }

  static func exportMarkdown(_ call: Call) async throws -> Response {
    let id: ConversationID = try call.identifier("The conversation")
    let archive = try await call.services.conversations.archive(of: id, for: try call.user.id)
    var response = Response.text(archive.markdown)
    response.fields["Content-Type"] = "text/markdown; charset=utf-8"
    response.fields["Content-Disposition"] = attachment("conversation.md")
    // What a model wrote is never shown as a page of this origin.
    response.fields["Content-Security-Policy"] = "sandbox"
    return response
  }

  /// All of them, also those put away, in one file.
  static func exportAll(_ call: Call) async throws -> Response {
    let (service, user) = (call.services.conversations, try call.user.id)
    var ids: [ConversationID] = []
    for isArchived in [false, true] {
      var filter = ConversationFilter(isArchived: isArchived)
      repeat {
        let page = try await service.list(of: user, filter: filter)
        ids += page.conversations.map(\.id)
        filter.after = page.next
      } while filter.after != nil
    }
    let all = ids
    return Response(
      fields: ["Content-Type": "application/json", "Content-Disposition": attachment("conversations.json")],
      body: .stream { writer in
        let head = "{\"format\":\"\(ConversationFile.formatName)\",\"version\":1,\"conversations\":["
        try await writer.write(Array(head.utf8))
        var isFirst = true
        for id in all {
          let archive: ConversationArchive
          do throws(DomainError) {
            archive = try await service.archive(of: id, for: user)
          } catch {
            if error.code == .notFound { continue }  // deleted meanwhile
            throw error
          }
          let encoder = JSONEncoder()
          encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
          try await writer.write((isFirst ? [] : [44, 10]) + [UInt8](try encoder.encode(archive.wire)))
          isFirst = false
        }
        try await writer.write(Array("]}\n".utf8))
      })
  }

  private static func attachment(_ name: String) -> String { ContentDisposition.attachment(filename: name) }

  /// Takes a multipart form with one file: an export of ours, or OpenAI's.
  static func importFile(_ call: Call) async throws -> Response {
    let user = try call.user.id
    guard let type = call.request.fields["Content-Type"],
      MediaType(parsing: type)?.essence == "multipart/form-data"
    else {
      throw DomainError(
        .unsupportedMedia, "The body must be a form with a file.",
        hint: "Send multipart/form-data with the file in the part \"file\".")
    }
    var parser = try MultipartParser(contentType: type)
    var intake = ConversationIntake(service: call.services.conversations, user: user)
    for try await bytes in call.request.body {
      for event in try parser.feed(bytes) { try await intake.take(event) }
    }
    try parser.finish()
    return try .json(try intake.finish())
  }
}

/// The state of one import.
private struct ConversationIntake {
  let service: ConversationService
  let user: UserID
  private var elements = JSONElements(limit: 32 << 20)
  private var imported = 0
  private var skipped = 0
  private var isInFile = false
  private var hadFile = false

  init(service: ConversationService, user: UserID) {
    self.service = service
    self.user = user
  }

  mutating func take(_ event: MultipartEvent) async throws {
    switch event {
    case .partBegan(let part):
      guard part.filename != nil else { return }
      guard part.name == "file", !hadFile else {
        throw DomainError.invalid("The form has one file, in the part \"file\".")
      }
      (isInFile, hadFile) = (true, true)
    case .data(let bytes):
      guard isInFile else { return }
      let found: [[UInt8]]
      do throws(JSONElements.Fault) {
        found = try elements.push(bytes)
      } catch {
        throw refusal(error)
      }
      for element in found {
        let conversation = try conversation(element)
        if try await service.take(conversation, for: user) { imported += 1 } else { skipped += 1 }
      }
    case .partEnded: isInFile = false
    }
  }

  func finish() throws -> ImportReply {
    guard hadFile else {
      throw DomainError.invalid("The form has no file.", hint: "Send the file in a part called \"file\".")
    }
    do throws(JSONElements.Fault) {
      try elements.finish()
    } catch {
      throw refusal(error)
    }
    return ImportReply(
      imported: imported, skipped: skipped,
      message: "\(imported) \(imported == 1 ? "conversation was" : "conversations were") imported, "
        + "\(skipped) \(skipped == 1 ? "was" : "were") there already.")
  }

  private func conversation(_ bytes: [UInt8]) throws -> ImportedConversation {
    // Deep nesting and doubled keys are refused as in any body.
    try JSONBodyCheck.check(bytes)
    let (data, decoder) = (Data(bytes), JSONDecoder())
    if let theirs = try? decoder.decode(OpenAIConversation.self, from: data) { return theirs.imported }
    do {
      return try decoder.decode(ConversationFile.Entry.self, from: data).imported
    } catch {
      throw DomainError.invalid(
        "Conversation \(imported + skipped + 1) of the file is not in a form that is known.\(kept)",
        hint: "Use an export of Luthier, or conversations.json of OpenAI's export.")
    }
  }

  private var kept: String { imported == 0 ? "" : " The \(imported) before it were imported." }

  private func refusal(_ fault: JSONElements.Fault) -> DomainError {
    switch fault {
    case .noList:
      .invalid("The file holds no list of conversations.", hint: "Use an export of Luthier or of OpenAI.")
    case .tooLarge:
      DomainError(.tooLarge, "A conversation of the file is larger than 32 MiB.\(kept)")
    case .truncated:
      .invalid("The file ends in the middle.\(kept)", hint: "Upload it again, whole.")
    }
  }
}
