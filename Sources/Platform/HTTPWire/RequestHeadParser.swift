/// Finds and checks the head of one request after the other, fed with bytes cut anywhere.
///
/// Strict where RFC 9112 lets a server be: every line ends in CRLF; no folding, no space before a colon; one
/// Host; one Content-Length or `Transfer-Encoding: chunked`, never both. Two parsers that disagree on where a
/// request ends are how requests are smuggled, so whatever is ambiguous is refused.
package struct RequestHeadParser: Sendable {
  private let limit: Int
  private var scanned = 0
  private var lineStart = 0
  private var skippedEmptyLine = false

  /// A head (request line and fields) may have `limit` bytes and 100 fields.
  package init(limit: Int) { self.limit = limit }

  /// Looks for a complete head at the start of `bytes`.
  ///
  /// Returns nil when more bytes are needed: call again with the same bytes and more behind them. Otherwise
  /// returns the head and how many bytes it took, and the parser is ready for the next request.
  package mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(RequestRejection) -> (
    head: RequestHead, length: Int
  )? {
    while let lineFeed = Self.lineFeed(in: bytes, from: scanned) {
      scanned = lineFeed + 1
      guard scanned >= 2, bytes[scanned - 2] == Grammar.carriageReturn else {
        throw RequestRejection(.badRequest, "a line of the request does not end in CRLF")
      }
      defer { lineStart = scanned }
      guard scanned - 2 == lineStart else { continue }
      if lineStart == 0 && !skippedEmptyLine {
        // Some old clients send one line break too many after a body (RFC 9112 section 2.2).
        skippedEmptyLine = true
        continue
      }
      let start = skippedEmptyLine ? 2 : 0
      if scanned - start > limit { throw tooLarge }
      let length = scanned
      let head = try Self.parseHead(UnsafeRawBufferPointer(rebasing: bytes[start..<length]))
      self = RequestHeadParser(limit: limit)
      return (head, length)
    }
    scanned = bytes.count
    if bytes.count > limit { throw tooLarge }
    return nil
  }

  private static func lineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var position = start
    while position < bytes.count {
      if bytes[position] == Grammar.lineFeed { return position }
      position += 1
    }
    return nil
  }

  private var tooLarge: RequestRejection {
    RequestRejection(.fieldsTooLarge, "the head of the request is larger than \(limit) bytes")
  }

  private static func parseHead(_ head: UnsafeRawBufferPointer) throws(RequestRejection) -> RequestHead {
    var position = 0
    let line = nextLine(head, &position)
    let (method, target, isHTTP10) = try parseRequestLine(line)
    var rules = FieldRules(isHTTP10: isHTTP10, headBytes: head.count - position)
    while position < head.count {
      let line = nextLine(head, &position)
      if line.isEmpty { break }
      try rules.add(line)
    }
    return try rules.finish(method: method, target: target)
  }

  /// The next line without its CRLF; `parse` has checked that every line has one.
  private static func nextLine(_ head: UnsafeRawBufferPointer, _ position: inout Int) -> Slice<
    UnsafeRawBufferPointer
  > {
    let start = position
    while head[position] != Grammar.lineFeed { position += 1 }
    position += 1
    return head[start..<(position - 2)]
  }

  private static func parseRequestLine(_ line: Slice<UnsafeRawBufferPointer>) throws(RequestRejection) -> (
    HTTPMethod, String, isHTTP10: Bool
  ) {
    guard let first = line.firstIndex(of: Grammar.space), let last = line.lastIndex(of: Grammar.space),
      first > line.startIndex, last > first + 1
    else { throw RequestRejection(.badRequest, "the request line is not a method, a target and a version") }
    let method = line[..<first]
    let target = line[(first + 1)..<last]
    let version = line[(last + 1)...]
    guard Grammar.isToken(method), method.count <= 32 else {
      throw RequestRejection(.badRequest, "the method is not a token")
    }
    guard target.allSatisfy({ $0 > 32 && $0 != 127 }) else {
      throw RequestRejection(.badRequest, "the request target has a space or a control character")
    }
    guard let text = String(validating: target, as: UTF8.self) else {
      throw RequestRejection(.badRequest, "the request target is not UTF-8")
    }
    let isHTTP10 = version.elementsEqual("HTTP/1.0".utf8)
    guard isHTTP10 || version.elementsEqual("HTTP/1.1".utf8) else {
      if version.starts(with: "HTTP/".utf8), version.count == 8 {
        throw RequestRejection(.versionNotSupported, "this server speaks HTTP/1.1")
      }
      throw RequestRejection(.badRequest, "the request line has no HTTP version")
    }
    return (HTTPMethod(rawValue: String(decoding: method, as: UTF8.self)), text, isHTTP10)
  }
}
