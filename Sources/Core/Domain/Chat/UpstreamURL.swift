/// The address of an OpenAI-compatible server, as a person may give it.
///
/// | given | called |
/// |---|---|
/// | `http://h:1/v1/chat/completions` | the same |
/// | `https://h/api/paas/v4` | `…/v4/chat/completions` |
/// | `http://h:11434` | `…/v1/chat/completions` |
package struct UpstreamURL: Sendable, Hashable {
  /// As it was given.
  package let text: String
  /// Where chat completions are asked for.
  package let chatURL: String

  /// Throws `invalid_input` for what is no plain http or https address: other schemes, a user name or
  /// password in it, a query, a fragment, or characters that do not belong into an address.
  package init(_ text: String) throws(DomainError) {
    let bytes = text.utf8
    guard (8...2048).contains(bytes.count), bytes.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 92 }) else {
      throw Self.refused
    }
    let lower = text.lowercased()
    guard let scheme = ["http://", "https://"].first(where: { lower.hasPrefix($0) }) else {
      throw Self.refused
    }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if authority.contains("@") {
      throw .invalid(
        "The address holds a user name or a password.", hint: "Give the key apart, and the address without.")
    }
    guard Self.isAuthority(authority), !rest.contains("?"), !rest.contains("#") else { throw Self.refused }
    var base = text
    while base.hasSuffix("/") { base.removeLast() }
    if base.hasSuffix("/chat/completions") {
      chatURL = base
    } else if let last = base.dropFirst(scheme.count).split(separator: "/").dropFirst().last,
      last.first == "v",
      last.dropFirst().allSatisfy(\.isNumber), last.count > 1
    {
      chatURL = base + "/chat/completions"
    } else {
      chatURL = base + "/v1/chat/completions"
    }
    self.text = text
  }

  /// `host`, `host:port`, `[v6]` or `[v6]:port`.
  private static func isAuthority(_ text: Substring) -> Bool {
    var host = text
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return false }
      host = text[text.index(after: text.startIndex)..<end]
      let isAddress = host.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
      return !host.isEmpty && isAddress && isPort(text[text.index(after: end)...])
    }
    host = text.prefix { $0 != ":" }
    let isName = host.allSatisfy { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_" }
    return !host.isEmpty && isName && isPort(text.dropFirst(host.count))
  }

  private static func isPort(_ text: Substring) -> Bool {
    guard !text.isEmpty else { return true }
    guard text.first == ":", text.dropFirst().allSatisfy(\.isNumber), let port = Int(text.dropFirst()) else {
      return false
    }
    return (1...65_535).contains(port)
  }

  private static let refused = DomainError.invalid(
    "This is not the address of a model server.",
    hint: "Write it like https://example.org/v1, without a query.")
}
