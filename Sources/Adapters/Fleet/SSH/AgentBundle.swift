/// The agent that is sent to a host.
package struct AgentBundle: Sendable {
  package let text: [UInt8]
  /// SHA-256 of the text, lower-case hexadecimal.
  package let hash: String

  package init(text: [UInt8], hash: String) {
    self.text = text
    self.hash = hash
  }
}
