/// Takes the header lines of a request one by one and refuses what would make its framing ambiguous.
struct FieldRules {
  private static let maximumCount = 100

  private let isHTTP10: Bool
  private var fields = HTTPFields()
  private var length: Int64?
  private var isChunked = false
  private var hostCount = 0
  private var wantsClose = false
  private var wantsKeepAlive = false
  private var expectsContinue = false

  /// - Parameter headBytes: the size of the head that the lines are of.
  init(isHTTP10: Bool, headBytes: Int) {
    self.isHTTP10 = isHTTP10
    fields.reserve(bytes: headBytes)
  }

  mutating func add(_ line: Slice<UnsafeRawBufferPointer>) throws(RequestRejection) {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), Grammar.isToken(line[..<colon]) else {
      throw RequestRejection(.badRequest, "a header line does not begin with a field name and a colon")
    }
    let name = line[..<colon]
    let value = Grammar.trimmed(line[(colon + 1)...])
    guard value.allSatisfy(Grammar.isFieldValue) else {
      throw RequestRejection(.badRequest, "a header value has a control character")
    }
    if fields.count == Self.maximumCount {
      throw RequestRejection(.fieldsTooLarge, "the request has more than \(Self.maximumCount) header fields")
    }
    fields.addValidated(name, value)
    switch name.count {
    case 4 where Grammar.matches(name, "host"): try addHost(value)
    case 14 where Grammar.matches(name, "content-length"): try addLength(value)
    case 17 where Grammar.matches(name, "transfer-encoding"): try addTransferEncoding(value)
    case 10 where Grammar.matches(name, "connection"): addConnection(value)
    case 6 where Grammar.matches(name, "expect"):
      guard Grammar.matches(value, "100-continue") else {
        throw RequestRejection(.expectationFailed, "the only expectation this server meets is 100-continue")
      }
      expectsContinue = true
    default: break
    }
  }

  func finish(method: HTTPMethod, target: String) throws(RequestRejection) -> RequestHead {
    if isChunked && (length != nil || isHTTP10) {
      throw RequestRejection(
        .badRequest, "Transfer-Encoding stands beside Content-Length, or in an HTTP/1.0 request")
    }
    if hostCount != 1 && !(isHTTP10 && hostCount == 0) {
      throw RequestRejection(.badRequest, "the request must have exactly one Host")
    }
    let framing: BodyFraming =
      if isChunked { .chunked } else if let length, length > 0 { .length(length) } else { .none }
    return RequestHead(
      method: method, target: target, isHTTP10: isHTTP10, fields: fields, framing: framing,
      keepsAlive: isHTTP10 ? wantsKeepAlive && !wantsClose : !wantsClose,
      expectsContinue: expectsContinue && !isHTTP10 && framing != .none)
  }

  private mutating func addHost(_ value: Slice<UnsafeRawBufferPointer>) throws(RequestRejection) {
    hostCount += 1
    guard value.allSatisfy(Grammar.isHost) else {
      throw RequestRejection(.badRequest, "the Host is not a host and a port")
    }
  }

  private mutating func addLength(_ value: Slice<UnsafeRawBufferPointer>) throws(RequestRejection) {
    if length != nil { throw RequestRejection(.badRequest, "the request has two Content-Lengths") }
    length = Grammar.length(value)
    if length == nil { throw RequestRejection(.badRequest, "the Content-Length is not a number") }
  }

  private mutating func addTransferEncoding(_ value: Slice<UnsafeRawBufferPointer>) throws(RequestRejection) {
    if isChunked { throw RequestRejection(.badRequest, "the request has two Transfer-Encodings") }
    guard Grammar.matches(value, "chunked") else {
      throw RequestRejection(.notImplemented, "the only transfer encoding this server reads is chunked")
    }
    isChunked = true
  }

  private mutating func addConnection(_ value: Slice<UnsafeRawBufferPointer>) {
    for part in value.split(separator: UInt8(ascii: ",")) {
      let option = Grammar.trimmed(part)
      if Grammar.matches(option, "close") { wantsClose = true }
      if Grammar.matches(option, "keep-alive") { wantsKeepAlive = true }
    }
  }
}
