import HTTPWire

/// Writes the head of a response.
struct ResponseHead {
  /// How the body is delimited.
  enum Length {
    /// A status that has no body.
    case none
    case bytes(Int64)
    /// Of unknown length: chunked, or to the end of the connection for HTTP/1.0.
    case unknown
  }

  let status: HTTPStatus
  let fields: HTTPFields
  let length: Length
  let keepsAlive: Bool
  let isHTTP10: Bool

  func write(date: [UInt8], to output: inout [UInt8]) {
    if status == .ok {
      output.append(contentsOf: "HTTP/1.1 200 OK\r\nDate: ".utf8)
    } else {
      output.append(contentsOf: "HTTP/1.1 ".utf8)
      output.append(contentsOf: String(status.code).utf8)
      output.append(UInt8(ascii: " "))
      output.append(contentsOf: status.reason.utf8)
      output.append(contentsOf: "\r\nDate: ".utf8)
    }
    output.append(contentsOf: date)
    output.append(contentsOf: "\r\n".utf8)
    fields.write(to: &output)
    switch length {
    case .none: break
    case .bytes(let count):
      output.append(contentsOf: "Content-Length: ".utf8)
      output.append(contentsOf: String(count).utf8)
      output.append(contentsOf: "\r\n".utf8)
    case .unknown:
      if !isHTTP10 { output.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8) }
    }
    if !keepsAlive {
      output.append(contentsOf: "Connection: close\r\n".utf8)
    } else if isHTTP10 {
      output.append(contentsOf: "Connection: keep-alive\r\n".utf8)
    }
    output.append(contentsOf: "\r\n".utf8)
  }

  /// Fields that only the server may write; a handler's own are dropped.
  static let reserved: [HTTPFieldName] = ["Date", "Content-Length", "Transfer-Encoding", "Connection"]
}
