/// An address that is told when a pipeline says something.
///
/// Such addresses often hold a secret of their own: only the host is ever shown.
package struct WebhookURL: Sendable, Hashable {
  package let text: String
  /// Its scheme and host, for showing.
  package let shown: String

  /// Throws `invalid_input` for what is no plain http or https address; a query is fine here.
  package init(_ text: String) throws(DomainError) {
    let path = text.prefix { $0 != "?" }
    guard !text.contains("#"), text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 92 }),
      text.utf8.count <= 2048, let checked = try? UpstreamURL(String(path))
    else {
      throw .invalid(
        "This is no address that can be told.",
        hint: "Write it like https://example.org/hooks/1, without a user name or a password.")
    }
    self.text = text
    let parts = checked.text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    shown = parts.prefix(3).joined(separator: "/")
  }
}
