/// Bytes that wait for a socket to take them.
struct OutputBuffer {
  private(set) var bytes: [UInt8] = []
  private var offset = 0

  /// How many bytes wait.
  var count: Int { bytes.count - offset }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ more: some Collection<UInt8>) {
    compact()
    bytes.append(contentsOf: more)
  }

  mutating func append(_ text: String) { append(text.utf8) }

  /// Appends a chunk as HTTP/1.1 frames it (RFC 9112 section 7.1).
  mutating func append(chunk: [UInt8]) {
    compact()
    let digits = max(1, (Int.bitWidth - chunk.count.leadingZeroBitCount + 3) / 4)
    // In three pieces rather than byte by byte: every piece is asked whether there is room.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: digits + 2) { size in
      for digit in 0..<digits {
        let value = UInt8(truncatingIfNeeded: chunk.count >> ((digits - 1 - digit) * 4)) & 15
        size[digit] = value < 10 ? 48 + value : 87 + value
      }
      size[digits] = 13
      size[digits + 1] = 10
      bytes.append(contentsOf: size)
      bytes.append(contentsOf: chunk)
      size[0] = 13
      size[1] = 10
      bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: size[..<2]))
    }
  }

  /// Lets `body` append in place.
  mutating func withBytes(_ body: (inout [UInt8]) -> Void) {
    compact()
    body(&bytes)
  }

  /// Gives what waits to `send`, which returns how much it took.
  mutating func drain(_ send: (UnsafeRawBufferPointer) -> Int) {
    let taken = bytes.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    offset += max(0, taken)
    guard offset == bytes.count else { return }
    // A connection that sent something large once must not keep the memory while it idles.
    if bytes.capacity > 16 * 1024 { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
    offset = 0
  }

  mutating func removeAll() {
    bytes = []
    offset = 0
  }

  /// Without this a steady writer that is never quite drained would grow the buffer without bound.
  private mutating func compact() {
    guard offset > 64 * 1024 else { return }
    bytes.removeFirst(offset)
    offset = 0
  }
}
