/// Why a request target was refused.
package struct TargetError: Error, Sendable, CustomStringConvertible {
  /// Safe to show: names the rule, not the bytes.
  package let description: String
}

/// What a request asks for: the path, raw and by decoded segments, and the query.
///
/// Refused, because no two programs agree on what they mean: `%2F` and `%5C` in a segment, `.` and `..`
/// segments (encoded or not), control characters (encoded or not), broken escapes, and bytes that are not
/// UTF-8. A server whose routes say where `%2F` belongs lets it through, and the router refuses it elsewhere.
package struct RequestTarget: Sendable {
  /// One part of the path between slashes.
  package struct Segment: Sendable, Hashable {
    /// As it was sent.
    ///
    /// Literal parts of routes are compared with this.
    package let raw: String
    /// Percent-decoded.
    package let decoded: String

    /// Whether `%2F` stands in it.
    package var hasEncodedSlash: Bool { decoded.utf8.contains(47) }
  }

  /// The whole target as it was sent.
  package let raw: String
  /// The path as it was sent, beginning with a slash; `*` for a request about the server itself.
  package let path: String
  /// The parts of the path; one empty segment for `/`, and a trailing slash makes an empty last one.
  package let segments: [Segment]
  /// The decoded query.
  package let query: QueryItems

  /// Parses `/path?query`, `http://host/path?query`, or `*`.
  package init(parsing raw: String, allowingEncodedSlash: Bool = false) throws(TargetError) {
    self.raw = raw
    if raw == "*" {
      path = raw
      segments = []
      query = QueryItems()
      return
    }
    if let plain = Self.plainSegments(raw) {
      path = raw
      segments = plain
      query = QueryItems()
      return
    }
    var rest = Substring(raw)
    if !rest.hasPrefix("/") {
      rest = try Self.dropAuthority(rest)
    }
    if rest.utf8.contains(UInt8(ascii: "#")) {
      throw TargetError(description: "a request target has no fragment")
    }
    if let mark = rest.firstIndex(of: "?") {
      guard let items = QueryItems(parsing: rest[rest.index(after: mark)...]) else {
        throw TargetError(description: "the query is not valid percent-encoded UTF-8")
      }
      query = items
      rest = rest[..<mark]
    } else {
      query = QueryItems()
    }
    path = rest.isEmpty ? "/" : String(rest)
    var parts: [Segment] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      parts.append(try Self.segment(part, allowingEncodedSlash))
    }
    segments = parts
  }

  /// The parts of a path that stands for itself, as nearly all do: no query, nothing to decode, nothing to refuse.
  ///
  /// Nil where it needs a closer look.
  private static func plainSegments(_ raw: String) -> [Segment]? {
    var raw = raw
    return raw.withUTF8 { bytes -> [Segment]? in
      guard bytes.first == UInt8(ascii: "/") else { return nil }
      var found: [Segment] = []
      found.reserveCapacity(8)
      var start = 1
      for position in 1...bytes.count {
        if position < bytes.count, bytes[position] != UInt8(ascii: "/") {
          guard Grammar.isUnreserved(bytes[position]) else { return nil }
          continue
        }
        let part = bytes[start..<position]
        // `.` and `..` are refused where a longer one is a name.
        if part.count <= 2, !part.isEmpty, part.allSatisfy({ $0 == UInt8(ascii: ".") }) { return nil }
        let text = String(decoding: part, as: UTF8.self)
        found.append(Segment(raw: text, decoded: text))
        start = position + 1
      }
      return found
    }
  }

  private static func dropAuthority(_ target: Substring) throws(TargetError) -> Substring {
    for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
      let rest = target.dropFirst(scheme.count)
      let authority = rest.prefix { $0 != "/" && $0 != "?" }
      if authority.isEmpty || authority.contains("@") { break }
      return rest.dropFirst(authority.count)
    }
    throw TargetError(description: "the request target is neither a path nor an http URL")
  }

  private static func segment(_ raw: Substring, _ allowsSlash: Bool) throws(TargetError) -> Segment {
    let isPlain = raw.utf8.allSatisfy { $0 != UInt8(ascii: "%") && $0 < 128 }
    guard let decoded = isPlain ? String(raw) : PercentCoding.decode(raw) else {
      throw TargetError(description: "the path is not valid percent-encoded UTF-8")
    }
    if decoded.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) {
      throw TargetError(description: "the path has a dot segment")
    }
    for byte in decoded.utf8 where byte < 32 || byte == 127 || (byte == 47 && !allowsSlash) || byte == 92 {
      throw TargetError(description: "the path has an encoded slash, a backslash or a control character")
    }
    return Segment(raw: String(raw), decoded: decoded)
  }
}

/// The name and value pairs of a query, decoded, in order.
package struct QueryItems: Sendable {
  package let items: [(name: String, value: String)]

  package init(_ items: [(name: String, value: String)] = []) { self.items = items }

  /// Decodes `a=1&b=two+words`; nil for a broken escape or bytes that are not UTF-8.
  package init?(parsing text: some StringProtocol) {
    var items: [(name: String, value: String)] = []
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
        let value = parts.count == 2 ? PercentCoding.decode(parts[1], plusIsSpace: true) : ""
      else { return nil }
      items.append((name, value))
    }
    self.items = items
  }

  /// The first value with that name; nil when there is none, empty when it was given without a value.
  package subscript(name: String) -> String? { items.first { $0.name == name }?.value }

  /// Every value with that name.
  package func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

  /// `a=1&b=two%20words`, without a question mark.
  package var encoded: String {
    items.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }.joined(separator: "&")
  }
}
