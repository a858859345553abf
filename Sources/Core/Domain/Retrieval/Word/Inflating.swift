/// Unpacks what was packed by DEFLATE (RFC 1951).
package protocol Inflating: Sendable {
  /// Gives the bytes that `range` of `packed` unpacks to, piece by piece.
  ///
  /// Throws `tooLarge` where there are more than `limit`, which are not given: a small file may hold a huge one.
  func unpack(
    _ packed: [UInt8], in range: Range<Int>, limit: Int, _ take: ([UInt8]) -> Void
  ) throws(InflateFailure)
}

package enum InflateFailure: Error, Equatable { case damaged, tooLarge }
