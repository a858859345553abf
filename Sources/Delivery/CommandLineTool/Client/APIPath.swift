import HTTPWire

/// A path of the API; every part is encoded, so that no name leads elsewhere.
struct APIPath: Sendable {
  let text: String

  init(_ parts: String..., query: [(name: String, value: String)] = []) {
    var text = parts.map { "/" + PercentCoding.encode($0) }.joined()
    if !query.isEmpty {
      text +=
        "?"
        + query.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }
        .joined(separator: "&")
    }
    self.text = text
  }
}
