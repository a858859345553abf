import HTTPWire

/// Collects the header lines curl hands over, one at a time, into heads.
struct ResponseHeadReader {
  private var status = 0
  private var fields = HTTPFields()

  /// Takes a line with its line break; returns the head at the empty line that ends it.
  mutating func add(_ line: UnsafeRawBufferPointer) -> (HTTPStatus, HTTPFields)? {
    var text = Substring(decoding: line, as: UTF8.self)
    while let last = text.unicodeScalars.last, last == "\r" || last == "\n" {
      text.unicodeScalars.removeLast()
    }
    if text.isEmpty {
      defer { fields = HTTPFields() }
      return status == 0 ? nil : (HTTPStatus(status), fields)
    }
    if text.hasPrefix("HTTP/") {
      // A status line begins a new head: after 1xx, after a redirect.
      fields = HTTPFields()
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    } else if let colon = text.firstIndex(of: ":"), let name = HTTPFieldName(String(text[..<colon])) {
      let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      fields.add(name, String(value))
    }
    return nil
  }
}
