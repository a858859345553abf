/// One step in the life of a database's shape.
///
/// Released steps never change: a new step follows instead.
package struct Migration: Sendable {
  /// The order and the subject, such as `0003_tasks`.
  ///
  /// Stored; never renamed.
  package let name: String
  package let statements: [SQL]

  package init(_ name: String, _ statements: [SQL]) {
    self.name = name
    self.statements = statements
  }

  /// A fingerprint of the statements as the dialect writes them (FNV-1a, 64 bits, in hexadecimal).
  ///
  /// It tells an edited file from the one that was applied; it is no protection against a person.
  package func checksum(for dialect: Dialect) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for statement in statements {
      let rendered = statement.rendered(for: dialect)
      for byte in "\(rendered.text)\u{1}\(rendered.values)\u{2}".utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
      }
    }
    return String(hash, radix: 16)
  }
}
