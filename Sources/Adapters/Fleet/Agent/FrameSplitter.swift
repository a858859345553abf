/// Cuts a byte stream into lines.
package struct FrameSplitter: Sendable {
  /// The longest line an agent may send, in bytes.
  package static let limit = 1_572_864

  private var pending: [UInt8] = []

  package init() {}

  /// The lines that `bytes` complete, without their line feeds; nil once a line is longer than the limit.
  package mutating func push(_ bytes: [UInt8]) -> [[UInt8]]? {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      pending.append(contentsOf: rest[..<end])
      if !pending.isEmpty { lines.append(pending) }
      pending.removeAll(keepingCapacity: pending.count < 65536)
      rest = rest[(end + 1)...]
    }
    pending.append(contentsOf: rest)
    return pending.count > Self.limit || lines.contains { $0.count > Self.limit } ? nil : lines
  }
}
