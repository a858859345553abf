import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// The documents' streams: `data: {"chunk": "…"}`, then `data: {"done": true}`.
///
/// Byte for byte as Python's `json.dumps(…, ensure_ascii=False)` writes them, since clients were made for that.
struct ChatEventStream: Sendable {
  /// `chunk`, or `token`.
  let field: String

  func piece(_ text: String) -> [UInt8] { line(field, text) }

  static let done = Array("data: {\"done\": true}\n\n".utf8)

  func failure(_ error: DomainError) -> [UInt8] { line("error", error.message) }

  /// What goes along with the question; before the first piece.
  static func sources(_ found: [FoundPassage]) throws -> [UInt8] {
    try event(["sources": Indexes.sources(found)])
  }

  /// Which of them the answer cites; after the last piece.
  static func cited(in answer: String, of found: [FoundPassage]) throws -> [UInt8] {
    try event(["cited": SourcesBlock.cited(in: answer, of: found.count)])
  }

  private static func event(_ value: some Encodable) throws -> [UInt8] {
    Array("data: ".utf8) + Array(try JSONEncoder().encode(value)) + Array("\n\n".utf8)
  }

  private func line(_ name: String, _ text: String) -> [UInt8] {
    Array("data: {\"\(name)\": ".utf8) + Self.quoted(text) + Array("}\n\n".utf8)
  }

  private static func quoted(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = [34]
    for byte in text.utf8 {
      switch byte {
      case 34, 92: bytes += [92, byte]
      case 10: bytes += Array("\\n".utf8)
      case 13: bytes += Array("\\r".utf8)
      case 9: bytes += Array("\\t".utf8)
      case 0..<32:
        let digits = String(byte, radix: 16)
        bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
      default: bytes.append(byte)
      }
    }
    return bytes + [34]
  }

  /// Relays a reply from its first piece on; the reader may leave, the reply goes on.
  ///
  /// Throws what the model failed with before its first piece, as long as it can be an ordinary error.
  ///
  /// - Parameters:
  ///   - begin: how many pieces the reader has already.
  ///   - numbered: each piece with its number as the event's `id`, for a reader that comes back.
  func response(
    of reply: LiveReply, from begin: Int = 0, numbered: Bool = false
  ) async throws -> Response {
    let first = try await reply.next(after: begin)
    if case .failed(let error)? = first.end { throw error }
    let sources = reply.asked.sources
    return .eventStream { writer in
      if !sources.isEmpty { try await writer.write(Self.sources(sources)) }
      var place = begin
      while true {
        let (pieces, end) = try await reply.next(after: place)
        var bytes: [UInt8] = []
        for text in pieces {
          place += 1
          if numbered { bytes += Array("id: \(place)\n".utf8) }
          bytes += piece(text)
        }
        if !bytes.isEmpty { try await writer.write(bytes) }
        switch end {
        case nil: continue
        case .complete?, .stopped?:
          if !sources.isEmpty { try await writer.write(Self.cited(in: reply.content, of: sources)) }
          try await writer.write(Self.done)
        case .interrupted?:
          try await writer.write(failure(DomainError(.timedOut, "The server ended before the reply did.")))
        case .failed(let error)?: try await writer.write(failure(error))
        }
        return
      }
    }
  }
}
