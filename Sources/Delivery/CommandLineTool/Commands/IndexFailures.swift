import Contract
import HTTPFetching
import HTTPWire

/// Documents that an index could not take in.
enum IndexFailures {
  /// Prints what failed behind what is there.
  static func show(_ reply: DocumentListReply, of index: String, _ printer: Printer) {
    guard !reply.failed.isEmpty else { return }
    if !reply.documents.isEmpty { printer.line("") }
    let count = reply.failed.count
    printer.line("\(count == 1 ? "One document was" : "\(count) documents were") not taken in:", .heading)
    let there = Set(reply.documents.map(\.name))
    for failed in reply.failed {
      let size = failed.size > 0 ? ", " + Quantity.size(failed.size) : ""
      printer.line("  \(failed.name)  (\(Quantity.localTime(failed.triedAt))\(size), \(failed.documentID))")
      printer.line("    \(failed.error)\(failed.hint.map { " " + $0 } ?? "")", .bad)
      if there.contains(failed.name) {
        printer.line("    The earlier document of this name is still found.", .faint)
      }
    }
    if reply.failed.contains(where: \.canRetry) {
      printer.hint("Try again what the server has kept: luthier index retry \(index)")
    }
    if reply.failed.contains(where: { !$0.canRetry }) {
      printer.hint(
        "The others are tried again by adding them again, and leave the list then, or with luthier index rm.")
    }
  }

  static let retry = Command(
    "retry", "Try documents again that an index could not take in",
    notes: """
      From what the server has kept of them: nothing is sent. Of those that no second try can mend (a picture, a file \
      that is too large) it keeps nothing: add these again. A document whose passages got no vectors has the model \
      asked for them again.
      """,
    positionals: [
      IndexCommands.named, .init("DOCUMENT", "Its name or its document_id; all without it", .optional),
    ],
    examples: [
      .init("luthier index retry docs", "All that the server has kept."),
      .init("luthier index retry docs rules.pdf", "One of them."),
    ]
  ) { call in
    let client = try call.client()
    let index = call.arguments.word("INDEX")
    let all = try await client.get(APIPath("api", "indexes", index, "documents"), as: DocumentListReply.self)
      .value
    var things = all.failed.map { (id: $0.documentID, name: $0.name, isKept: $0.canRetry) }
    things += all.documents.filter { $0.refused != nil }.map { ($0.documentID, $0.name, true) }
    let wanted = call.arguments.words("DOCUMENT").first
    if let wanted {
      let id = try NamedThing.resolve(
        wanted, among: things.map { NamedThing(id: $0.id, names: [$0.name]) }, what: "document that failed",
        list: "luthier index show \(index)")
      things = things.filter { $0.id == id }
    }
    var (taken, failed) = (0, 0)
    for thing in things {
      // One that was named says itself why it cannot be tried.
      guard thing.isKept || wanted != nil else { continue }
      do {
        let path = APIPath("api", "documents", thing.id, "retry")
        let reply = try await client.send(client.request(.post, path), as: AddedDocumentReply.self).value
        call.printer.note(
          reply.isNew ? reply.message : "\(thing.name): its model is asked for vectors again.")
        taken += 1
      } catch let failure as CommandFailure where !failure.isTransient {
        let hint = failure.envelope.hint.map { " " + $0 } ?? ""
        call.printer.warning("\(thing.name): \(failure.envelope.error)\(hint)")
        failed += 1
      }
    }
    let left = things.count - taken - failed
    if call.printer.isJSON {
      call.printer.json(Array("{\"taken_in\":\(taken),\"failed\":\(failed),\"not_kept\":\(left)}".utf8))
    } else {
      call.printer.line("\(taken) taken in, \(failed) failed again, \(left) to be added again.")
    }
    return failed == 0 ? .done : .failed
  }
}
