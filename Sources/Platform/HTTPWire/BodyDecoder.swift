/// Takes the framing off a message body, fed with bytes cut anywhere (RFC 9112 section 7).
///
/// | framing | ends |
/// |---|---|
/// | none | at once |
/// | length | after that many bytes |
/// | chunked | after the trailer section, whose fields are checked and dropped |
package struct BodyDecoder: Sendable {
  /// What `next` found.
  package enum Step: Sendable, Equatable {
    /// Content, as a range of the bytes that were given.
    case data(Range<Int>)
    /// The body is complete; what follows belongs to the next message.
    case end
    /// Everything given is used up.
    case needsMore
  }

  private enum State {
    case content(Int64)
    case chunkSize
    case chunkData(Int64)
    case chunkEnd
    case trailer
    case done
  }

  // A sender may put a line of extension before each byte of content: keep the lines short.
  private static let maximumLine = 256
  private static let maximumTrailer = 8 * 1024

  private var state: State
  private var line: [UInt8] = []
  private var trailerBytes = 0

  package init(_ framing: BodyFraming) {
    switch framing {
    case .none: state = .done
    case .length(let length): state = length > 0 ? .content(length) : .done
    case .chunked: state = .chunkSize
    }
  }

  /// Whether the body is complete.
  package var isDone: Bool {
    if case .done = state { true } else { false }
  }

  /// How much content is still to come; nil for a chunked body, which does not say.
  package var remainingBytes: Int64? {
    switch state {
    case .content(let left): left
    case .done: 0
    case .chunkSize, .chunkData, .chunkEnd, .trailer: nil
    }
  }

  /// Decodes from `position` on and moves it past what was used.
  package mutating func next(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) throws(RequestRejection)
    -> Step
  {
    while true {
      switch state {
      case .done: return .end
      case .content(let left):
        guard position < bytes.count else { return .needsMore }
        let count = Int(min(left, Int64(bytes.count - position)))
        state = left == Int64(count) ? .done : .content(left - Int64(count))
        position += count
        return .data((position - count)..<position)
      case .chunkData(let left):
        guard position < bytes.count else { return .needsMore }
        let count = Int(min(left, Int64(bytes.count - position)))
        state = left == Int64(count) ? .chunkEnd : .chunkData(left - Int64(count))
        position += count
        return .data((position - count)..<position)
      case .chunkSize, .chunkEnd, .trailer:
        guard try takeLine(bytes, &position) else { return .needsMore }
        try endLine()
        line.removeAll(keepingCapacity: true)
      }
    }
  }

  /// Moves bytes into `line` until it is complete (without its CRLF).
  private mutating func takeLine(_ bytes: UnsafeRawBufferPointer, _ position: inout Int)
    throws(RequestRejection)
    -> Bool
  {
    let limit = if case .trailer = state { Self.maximumTrailer } else { Self.maximumLine }
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Grammar.lineFeed {
        guard line.last == Grammar.carriageReturn else { throw broken("a line does not end in CRLF") }
        line.removeLast()
        guard line.allSatisfy(Grammar.isFieldValue) else { throw broken("a line has a control character") }
        return true
      }
      line.append(byte)
      if line.count > limit { throw broken("a line is too long") }
    }
    return false
  }

  private mutating func endLine() throws(RequestRejection) {
    switch state {
    case .chunkSize:
      let size = try chunkSize()
      state = size == 0 ? .trailer : .chunkData(size)
    case .chunkEnd:
      guard line.isEmpty else { throw broken("a chunk is longer than its size") }
      state = .chunkSize
    case .trailer:
      if line.isEmpty {
        state = .done
        return
      }
      trailerBytes += line.count
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), Grammar.isToken(line[..<colon]),
        trailerBytes <= Self.maximumTrailer
      else { throw broken("its trailer is broken or too long") }
    case .content, .chunkData, .done: break
    }
  }

  private func chunkSize() throws(RequestRejection) -> Int64 {
    var size: Int64 = 0
    var digits = 0
    for byte in line {
      if byte == UInt8(ascii: ";") && digits > 0 { return size }
      guard let digit = Grammar.hexDigit(byte), digits < 15 else {
        throw broken("a chunk size is not a number")
      }
      size = size << 4 | Int64(digit)
      digits += 1
    }
    if digits == 0 { throw broken("a chunk size is missing") }
    return size
  }

  private func broken(_ reason: String) -> RequestRejection {
    RequestRejection(.badRequest, "the chunked body is broken: \(reason)")
  }
}
