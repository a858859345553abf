/// What `MultipartParser` found.
package enum MultipartEvent: Sendable, Equatable {
  case partBegan(MultipartPart)
  case data([UInt8])
  case partEnded
}

/// The head of one part of a form.
package struct MultipartPart: Sendable, Equatable {
  /// The form field's name.
  package let name: String
  /// The file's name as the client gave it: never a path to open.
  ///
  /// Nil for a plain field.
  package let filename: String?
  /// The part's Content-Type, as sent.
  package let contentType: String?

  package init(name: String, filename: String? = nil, contentType: String? = nil) {
    self.name = name
    self.filename = filename
    self.contentType = contentType
  }
}

/// How much of a form a `MultipartParser` accepts.
///
/// File contents are not limited here: the request body is.
package struct MultipartLimits: Sendable {
  /// Parts in one body.
  package var parts = 64
  /// Bytes in the head of one part.
  package var headBytes = 8 * 1024
  /// Bytes in a part without a file name.
  package var fieldBytes = 64 * 1024

  package init() {}
}

/// Why a form was refused.
package struct MultipartError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    case notMultipart, malformed, truncated, tooManyParts, headTooLarge, fieldTooLarge
  }

  package let code: Code
  /// Safe to show.
  package let description: String
}

/// Reads a multipart/form-data body as it arrives (RFC 7578), holding no more than one chunk and one
/// boundary.
///
/// Strict: CRLF line ends, no preamble, every part names a field. Feed chunks, act on the events, then
/// `finish`.
///
/// | state | on | becomes |
/// |---|---|---|
/// | start | the first boundary | afterBoundary |
/// | afterBoundary | CRLF, `--` | head, ended |
/// | head | the empty line | content (`partBegan`) |
/// | content | a boundary | afterBoundary (`partEnded`) |
package struct MultipartParser: Sendable {
  private enum State { case start, afterBoundary, head, content, ended }

  private let limits: MultipartLimits
  private let delimiter: [UInt8]
  private var state = State.start
  // The first boundary has no line break of its own before it: this one lets it look like the others.
  private var buffer: [UInt8] = [13, 10]
  private var partCount = 0
  private var fieldBytesLeft: Int?

  /// Takes the boundary from a Content-Type value.
  ///
  /// Throws `.notMultipart` when it is not a form's.
  package init(contentType: String, limits: MultipartLimits = MultipartLimits()) throws(MultipartError) {
    guard let type = MediaType(parsing: contentType), type.matches("multipart/form-data"),
      let boundary = type["boundary"], (1...70).contains(boundary.utf8.count),
      boundary.utf8.allSatisfy({ $0 >= 32 && $0 < 127 })
    else {
      throw MultipartError(
        code: .notMultipart, description: "the body must be multipart/form-data with a boundary")
    }
    self.limits = limits
    delimiter = Array("\r\n--\(boundary)".utf8)
  }

  /// Takes bytes as they come and returns what they complete.
  ///
  /// After a throw the parser is of no more use.
  package mutating func feed(_ bytes: [UInt8]) throws(MultipartError) -> [MultipartEvent] {
    if state == .ended { return [] }
    buffer.append(contentsOf: bytes)
    var events: [MultipartEvent] = []
    var used = 0
    while try step(&used, &events) {}
    buffer.removeFirst(used)
    return events
  }

  /// Call at the end of the body.
  ///
  /// Throws `.truncated` when the closing boundary never came.
  package func finish() throws(MultipartError) {
    if state != .ended {
      throw MultipartError(code: .truncated, description: "the form ends before its closing boundary")
    }
  }

  /// One step; false when more bytes are needed.
  private mutating func step(_ used: inout Int, _ events: inout [MultipartEvent]) throws(MultipartError)
    -> Bool
  {
    switch state {
    case .start:
      guard buffer.count - used >= delimiter.count else {
        guard delimiter.starts(with: buffer[used...]) else {
          throw malformed("it does not begin with its boundary")
        }
        return false
      }
      guard buffer[used...].starts(with: delimiter) else {
        throw malformed("it does not begin with its boundary")
      }
      used += delimiter.count
      state = .afterBoundary
    case .afterBoundary:
      guard buffer.count - used >= 2 else { return false }
      let pair = (buffer[used], buffer[used + 1])
      used += 2
      if pair == (45, 45) {
        state = .ended
        used = buffer.count
        return false
      }
      guard pair == (13, 10) else { throw malformed("a boundary is not followed by a line break") }
      partCount += 1
      if partCount > limits.parts {
        throw MultipartError(code: .tooManyParts, description: "the form has more than \(limits.parts) parts")
      }
      state = .head
    case .head:
      guard let end = endOfHead(from: used) else {
        if buffer.count - used > limits.headBytes { throw headTooLarge }
        return false
      }
      if end - used > limits.headBytes { throw headTooLarge }
      let part = try parseHead(buffer[used..<end])
      used = end
      fieldBytesLeft = part.filename == nil ? limits.fieldBytes : nil
      events.append(.partBegan(part))
      state = .content
    case .content:
      let (end, isBoundary) = endOfContent(from: used)
      if end > used { try emit(buffer[used..<end], &events) }
      used = end
      guard isBoundary else { return false }
      used += delimiter.count
      events.append(.partEnded)
      state = .afterBoundary
    case .ended:
      return false
    }
    return true
  }

  private mutating func emit(_ bytes: ArraySlice<UInt8>, _ events: inout [MultipartEvent])
    throws(MultipartError)
  {
    if let left = fieldBytesLeft {
      if bytes.count > left {
        throw MultipartError(
          code: .fieldTooLarge, description: "a form field is larger than \(limits.fieldBytes) bytes")
      }
      fieldBytesLeft = left - bytes.count
    }
    events.append(.data(Array(bytes)))
  }

  /// Where the content at hand ends: at a boundary, at what may become one, or at the end of the buffer.
  private func endOfContent(from start: Int) -> (end: Int, isBoundary: Bool) {
    buffer.withUnsafeBufferPointer { bytes in
      var at = start
      while true {
        at = Self.carriageReturn(in: bytes, from: at)
        if at == bytes.count { return (at, false) }
        var matched = 1
        while matched < delimiter.count, at + matched < bytes.count, bytes[at + matched] == delimiter[matched]
        {
          matched += 1
        }
        if matched == delimiter.count { return (at, true) }
        if at + matched == bytes.count { return (at, false) }
        at += 1
      }
    }
  }

  /// Where the next carriage return stands, eight bytes at a time; the end where there is none.
  private static func carriageReturn(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let raw = UnsafeRawBufferPointer(bytes)
    var at = start
    while at + 8 <= bytes.count {
      // A byte that is one becomes zero, and only a zero borrows from its highest bit.
      let eight = raw.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ (ones &* 13)
      if (eight &- ones) & ~eight & (ones &* 0x80) != 0 { break }
      at += 8
    }
    while at < bytes.count, bytes[at] != 13 { at += 1 }
    return at
  }

  /// The index after the empty line that ends a part's head.
  private func endOfHead(from start: Int) -> Int? {
    var at = start
    while at + 3 < buffer.count {
      if buffer[at] == 13, buffer[at + 1] == 10, buffer[at + 2] == 13, buffer[at + 3] == 10 { return at + 4 }
      at += 1
    }
    return nil
  }

  private func parseHead(_ head: ArraySlice<UInt8>) throws(MultipartError) -> MultipartPart {
    guard let text = String(validating: head.dropLast(4), as: UTF8.self) else {
      throw malformed("a part's head is not UTF-8")
    }
    var disposition: String?
    var contentType: String?
    for line in text.split(separator: "\r\n", omittingEmptySubsequences: false) {
      guard let colon = line.firstIndex(of: ":"), Grammar.isToken(line[..<colon].utf8),
        line.utf8.allSatisfy(Grammar.isFieldValue)
      else { throw malformed("a part has a broken header line") }
      let value = String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
      switch line[..<colon].lowercased() {
      case "content-disposition":
        if disposition != nil { throw malformed("a part has two dispositions") }
        disposition = value
      case "content-type": contentType = value
      case "content-transfer-encoding":
        guard ["binary", "7bit", "8bit"].contains(value.lowercased()) else {
          throw malformed("a part has a transfer encoding")
        }
      default: break
      }
    }
    return try parseDisposition(disposition ?? "", contentType)
  }

  private func parseDisposition(_ value: String, _ contentType: String?) throws(MultipartError)
    -> MultipartPart
  {
    var scanner = ParameterScanner(value)
    guard scanner.token()?.lowercased() == "form-data", let parameters = scanner.parameters(),
      let name = parameters.first(where: { $0.name == "name" })?.value
    else { throw malformed("a part has no form-data disposition with a name") }
    var filename = parameters.first { $0.name == "filename" }?.value
    // RFC 7578 forbids this form, and some clients send nothing else for names that are not ASCII.
    if let extended = parameters.first(where: { $0.name == "filename*" })?.value,
      extended.lowercased().hasPrefix("utf-8'")
    {
      let parts = extended.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
      if parts.count == 3, let decoded = PercentCoding.decode(parts[2]) { filename = decoded }
    }
    return MultipartPart(name: name, filename: filename, contentType: contentType)
  }

  private var headTooLarge: MultipartError {
    MultipartError(
      code: .headTooLarge, description: "a part's head is larger than \(limits.headBytes) bytes")
  }

  private func malformed(_ reason: String) -> MultipartError {
    MultipartError(code: .malformed, description: "the form is broken: \(reason)")
  }
}
