/// Writes rows into a file of one kind, piece by piece.
struct RowWriter: Sendable {
  let container: DatasetContainer
  private(set) var rows = 0
  private var buffer: [UInt8] = []

  /// Written bytes are taken in pieces of about this many.
  private static let piece = 128 << 10

  init(_ container: DatasetContainer) { self.container = container }

  /// One row: JSON, or of a text file the line.
  mutating func append(_ row: [UInt8]) {
    switch container {
    case .jsonArray:
      buffer.append(contentsOf: rows == 0 ? [UInt8(ascii: "["), 0x0A] : [UInt8(ascii: ","), 0x0A])
      buffer.append(contentsOf: row)
    case .jsonLines:
      // A row of a list may stand on several lines.
      if row.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
        buffer.append(contentsOf: row.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
      } else {
        buffer.append(contentsOf: row)
      }
      buffer.append(0x0A)
    case .text:
      buffer.append(contentsOf: row)
      buffer.append(0x0A)
    }
    rows += 1
  }

  /// What was written since, where it is worth it.
  mutating func take(atEnd: Bool = false) -> [UInt8]? {
    guard atEnd || buffer.count >= Self.piece else { return nil }
    defer { buffer = [] }
    return buffer.isEmpty ? nil : buffer
  }

  mutating func finish() {
    if container == .jsonArray { buffer.append(contentsOf: Array((rows == 0 ? "[]\n" : "\n]\n").utf8)) }
  }
}
