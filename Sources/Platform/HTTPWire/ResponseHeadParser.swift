/// How the body of an answer is delimited (RFC 9112 section 6.3).
package enum ResponseFraming: Sendable, Equatable {
  case none
  case length(Int64)
  case chunked
  /// Whatever comes until the server closes: that it is whole nobody can tell.
  case untilClose
}

/// The head of an answer as a client receives it.
package struct ReceivedHead: Sendable {
  package let status: HTTPStatus
  package let fields: HTTPFields
  package let framing: ResponseFraming
  /// Whether the server lets the connection live on after this answer.
  package let keepsAlive: Bool
}

/// An answer that is not valid HTTP; says which rule it breaks.
package struct BrokenResponse: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String
}

/// Finds and checks the head of one answer after the other, fed with bytes cut anywhere.
///
/// Where an answer ends must be beyond doubt, or the next request's answer would be another's: a length beside
/// chunks, two lengths, an encoding that is not chunked, and a folded line are refused. A line may end in LF alone
/// (RFC 9112 section 2.2).
package struct ResponseHeadParser: Sendable {
  private static let maximumFields = 256

  private let limit: Int
  private var scanned = 0
  private var lineStart = 0

  /// A head (status line and fields) may have `limit` bytes and 256 fields.
  package init(limit: Int = 64 * 1024) { self.limit = limit }

  /// Looks for a complete head at the start of `bytes`: the answer to a request of `method`.
  ///
  /// Returns nil when more bytes are needed: call again with the same bytes and more behind them. Otherwise
  /// returns the head and how many bytes it took, and the parser is ready for the next. Heads below 200 are
  /// returned too, but 101 is not; a final one follows them.
  package mutating func parse(_ bytes: UnsafeRawBufferPointer, answering method: HTTPMethod)
    throws(BrokenResponse) -> (head: ReceivedHead, length: Int)?
  {
    while scanned < bytes.count {
      let position = scanned
      scanned += 1
      guard bytes[position] == Grammar.lineFeed else { continue }
      let isEmpty =
        position == lineStart || position == lineStart + 1 && bytes[lineStart] == Grammar.carriageReturn
      lineStart = scanned
      guard isEmpty else { continue }
      let length = scanned
      if length > limit { break }
      self = ResponseHeadParser(limit: limit)
      let head = try Self.head(UnsafeRawBufferPointer(rebasing: bytes[..<length]), method)
      return (head, length)
    }
    if scanned > limit { throw BrokenResponse(description: "its head is larger than \(limit) bytes") }
    return nil
  }

  private static func head(_ bytes: UnsafeRawBufferPointer, _ method: HTTPMethod) throws(BrokenResponse)
    -> ReceivedHead
  {
    var position = 0
    let (status, isHTTP10) = try statusLine(nextLine(bytes, &position))
    var rules = ResponseRules(room: bytes.count)
    while position < bytes.count {
      let line = nextLine(bytes, &position)
      if line.isEmpty { break }
      try rules.add(line)
      if rules.fields.count > maximumFields {
        throw BrokenResponse(description: "it has more than \(maximumFields) header fields")
      }
    }
    return try rules.finish(status, isHTTP10: isHTTP10, answering: method)
  }

  /// The next line without its line break; `parse` has found one behind every line.
  private static func nextLine(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Slice<
    UnsafeRawBufferPointer
  > {
    let start = position
    while bytes[position] != Grammar.lineFeed { position += 1 }
    let end = position > start && bytes[position - 1] == Grammar.carriageReturn ? position - 1 : position
    position += 1
    return bytes[start..<end]
  }

  private static func statusLine(_ line: Slice<UnsafeRawBufferPointer>) throws(BrokenResponse) -> (
    HTTPStatus, isHTTP10: Bool
  ) {
    let start = line.startIndex
    guard line.count >= 12, line[start..<(start + 7)].elementsEqual("HTTP/1.".utf8),
      line[start + 8] == Grammar.space, line.count == 12 || line[start + 12] == Grammar.space
    else { throw BrokenResponse(description: "its status line is not one of HTTP/1") }
    let minor = line[start + 7]
    let digits = line[(start + 9)..<(start + 12)]
    guard minor == UInt8(ascii: "0") || minor == UInt8(ascii: "1"), let code = Grammar.length(digits),
      (100...599).contains(code)
    else { throw BrokenResponse(description: "its version or its status is none there is") }
    if code == 101 { throw BrokenResponse(description: "it changes to a protocol nobody asked for") }
    return (HTTPStatus(Int(code)), minor == UInt8(ascii: "0"))
  }
}

/// Takes the header lines of an answer one by one and refuses what would make its framing ambiguous.
private struct ResponseRules {
  var fields = HTTPFields()
  private var length: Int64?
  private var isChunked = false
  private var wantsClose = false
  private var wantsKeepAlive = false

  init(room: Int) { fields.reserve(bytes: room) }

  mutating func add(_ line: Slice<UnsafeRawBufferPointer>) throws(BrokenResponse) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), Grammar.isToken(line[..<colon]) else {
      throw BrokenResponse(description: "a header line does not begin with a field name and a colon")
    }
    let name = line[..<colon]
    let value = Grammar.trimmed(line[(colon + 1)...])
    guard value.allSatisfy(Grammar.isFieldValue) else {
      throw BrokenResponse(description: "a header value has a control character")
    }
    fields.addValidated(name, value)
    switch name.count {
    case 14 where Grammar.matches(name, "content-length"):
      guard let found = Grammar.length(value), length == nil || length == found else {
        throw BrokenResponse(description: "its Content-Length is not one number")
      }
      length = found
    case 17 where Grammar.matches(name, "transfer-encoding"):
      guard !isChunked, Grammar.matches(value, "chunked") else {
        throw BrokenResponse(description: "its transfer encoding is not chunked alone")
      }
      isChunked = true
    case 10 where Grammar.matches(name, "connection"):
      for part in value.split(separator: UInt8(ascii: ",")) {
        let option = Grammar.trimmed(part)
        if Grammar.matches(option, "close") { wantsClose = true }
        if Grammar.matches(option, "keep-alive") { wantsKeepAlive = true }
      }
    default: break
    }
  }

  func finish(_ status: HTTPStatus, isHTTP10: Bool, answering method: HTTPMethod) throws(BrokenResponse)
    -> ReceivedHead
  {
    if isChunked && (length != nil || isHTTP10) {
      throw BrokenResponse(description: "it is chunked, and has a length or is of HTTP/1.0")
    }
    let framing: ResponseFraming =
      if method == .head || status.forbidsBody || length == 0 {
        .none
      } else if isChunked {
        .chunked
      } else if let length {
        .length(length)
      } else {
        .untilClose
      }
    let mayLive = isHTTP10 ? wantsKeepAlive && !wantsClose : !wantsClose
    return ReceivedHead(
      status: status, fields: fields, framing: framing, keepsAlive: mayLive && framing != .untilClose)
  }
}
