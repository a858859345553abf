import CZlib

/// Unpacks what was packed by DEFLATE (RFC 1951), up to a limit: a small file may hold a huge one.
package enum Deflate {
  package enum Failure: Error, Equatable { case damaged, tooLarge }

  /// Gives the bytes that `range` of `packed` unpacks to, in pieces of at most 64 KiB.
  ///
  /// Bytes behind the end of what was packed are passed over. Throws `tooLarge` where there are more than `limit`, which
  /// are not given, and `damaged` where what is not whole ends.
  package static func unpack(
    _ packed: [UInt8], in range: Range<Int>, limit: Int, _ take: ([UInt8]) -> Void
  ) throws(Failure) {
    guard range.lowerBound >= 0, range.upperBound <= packed.count, range.count <= Int(UInt32.max),
      let stream = InflateStream()
    else { throw .damaged }
    return try packed.withUnsafeBufferPointer { packed in
      stream.unpack(UnsafeBufferPointer(rebasing: packed[range]), limit: limit, take)
    }.get()
  }
}

/// Owns a `z_stream`, which stays at its place: zlib looks whether it was moved.
private final class InflateStream {
  private static let piece = 64 << 10

  private let stream: UnsafeMutablePointer<z_stream>

  /// Nil where there is no memory for it.
  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // Without a head of zlib's own or gzip's.
    let status = inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func unpack(
    _ packed: UnsafeBufferPointer<UInt8>, limit: Int, _ take: ([UInt8]) -> Void
  ) -> Result<Void, Deflate.Failure> {
    var left = limit
    // zlib only reads what it is given, its C type says otherwise.
    stream.pointee.next_in = packed.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
    stream.pointee.avail_in = UInt32(packed.count)
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.piece) { piece in
      while true {
        stream.pointee.next_out = piece.baseAddress
        stream.pointee.avail_out = UInt32(Self.piece)
        let status = inflate(stream, Z_NO_FLUSH)
        let made = Self.piece - Int(stream.pointee.avail_out)
        guard made <= left else { return .failure(.tooLarge) }
        left -= made
        if made > 0 { take(Array(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(piece)[..<made]))) }
        if status == Z_STREAM_END { return .success(()) }
        // Also where nothing came of it: there is no more to read.
        guard status == Z_OK else { return .failure(.damaged) }
      }
    }
  }
}
