/// A backend's own refusal, fit to be shown: without keys and addresses.
package struct UpstreamRefusal: Error, Sendable, Equatable {
  package let status: Int
  package let message: String
  package let type: String?
  package let param: String?
  package let code: String?
  /// Seconds, where the backend said so.
  package let retryAfter: Int?

  package init(
    status: Int, message: String, type: String? = nil, param: String? = nil, code: String? = nil,
    retryAfter: Int? = nil
  ) {
    self.status = status
    self.message = message
    self.type = type
    self.param = param
    self.code = code
    self.retryAfter = retryAfter
  }

  /// Reads a body in any of the shapes errors come in.
  ///
  /// - Parameter hiding: texts that are taken out of it: the backend's key and address.
  package init(status: Int, body: [UInt8], retryAfter: Int? = nil, hiding secrets: [String]) {
    let said = Self.read(body)
    func clean(_ text: String?, _ limit: Int) -> String? {
      text.map { String(Self.redacted($0, secrets).prefix(limit)) }
    }
    self.init(
      status: status, message: clean(said.message, 2000) ?? "The model's server answered with \(status).",
      type: clean(said.type, 100), param: clean(said.param, 200), code: clean(said.code, 100),
      retryAfter: retryAfter)
  }

  private struct Said {
    var message: String?
    var type: String?
    var param: String?
    var code: String?
  }

  private static func read(_ body: [UInt8]) -> Said {
    body.withUnsafeBufferPointer { buffer in
      var parser = JSONRowParser(limits: DatasetLimits(rowValues: 10_000))
      var said = Said()
      guard case .value = parser.parse(buffer, from: 0, isFinal: true, endsAtNewline: false) else {
        return said
      }
      let row = JSONRow(bytes: buffer, tokens: parser.tokens)
      func text(_ name: JSONRow.Name, of object: JSONRow.Value) -> String? {
        guard let value = row.member(name, of: object), row.kind(value) == .string else { return nil }
        return row.text(value)
      }
      let inner = row.member("error").flatMap { row.kind($0) == .object ? $0 : nil } ?? 0
      said.message = text("message", of: inner) ?? text("error", of: 0) ?? text("detail", of: 0)
      // FastAPI's list of findings: the first says enough.
      if said.message == nil, let detail = row.member("detail"), let first = row.elements(of: detail).first {
        said.message = text("msg", of: first)
      }
      said.type = text("type", of: inner)
      said.param = text("param", of: inner)
      said.code = text("code", of: inner)
      return said
    }
  }

  /// Takes out the given texts, numeric addresses, and what looks like a key.
  static func redacted(_ text: String, _ secrets: [String]) -> String {
    var text = text
    for secret in secrets where secret.utf8.count >= 4 {
      while let range = text.firstRange(of: secret) { text.replaceSubrange(range, with: "…") }
    }
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    return words.map { holdsSecret($0) ? "…" : String($0) }.joined(separator: " ")
  }

  private static func holdsSecret(_ word: Substring) -> Bool {
    if word.contains("sk-") || word.contains("://") || word.lowercased().contains("bearer") { return true }
    // Four numbers with points between: an address.
    let parts = word.split { !$0.isNumber && $0 != "." }
    return parts.contains { part in
      part.split(separator: ".").count == 4 && part.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }
  }
}
