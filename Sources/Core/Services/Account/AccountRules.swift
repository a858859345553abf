package import Domain

/// What names, addresses and passwords may be (P1).
package enum AccountRules {
  package static func check(username: String) throws(DomainError) {
    guard (3...20).contains(username.utf8.count), username.utf8.allSatisfy(isNameByte) else {
      throw .invalid(
        "A user name has 3 to 20 characters: letters, digits, \"_\", \"-\" and \".\".",
        hint: "Choose another user name.")
    }
  }

  package static func check(email: String) throws(DomainError) {
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    let isPlain = email.utf8.allSatisfy { $0 > 32 && $0 != 127 && $0 != UInt8(ascii: ",") }
    guard email.utf8.count <= 254, isPlain, parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64,
      isDomain(parts[1])
    else {
      throw .invalid("This is not an e-mail address.", hint: "Write it like name@example.org.")
    }
  }

  package static func check(password: String) throws(DomainError) {
    guard password.count >= 6 else { throw .invalid("A password has at least 6 characters.") }
    guard password.utf8.count <= 256 else { throw .invalid("A password has at most 256 bytes.") }
  }

  /// No control characters, no line breaks.
  package static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 32 && !(0x7F...0x9F).contains($0.value) }
  }

  /// What may be sent as the key of a model server; empty is none.
  package static func isUpstreamKey(_ key: String) -> Bool {
    key.utf8.count <= 4096 && key.utf8.allSatisfy { $0 > 32 && $0 < 127 }
  }

  static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && isNameByte(UInt8(truncatingIfNeeded: scalar.value))
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty && $0.utf8.count <= 63 }
  }
}
