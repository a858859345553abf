import Domain
import Unpacking

/// Word documents are unpacked by zlib.
struct ZlibInflating: Inflating {
  func unpack(
    _ packed: [UInt8], in range: Range<Int>, limit: Int, _ take: ([UInt8]) -> Void
  ) throws(InflateFailure) {
    do throws(Deflate.Failure) {
      try Deflate.unpack(packed, in: range, limit: limit, take)
    } catch {
      throw error == .tooLarge ? .tooLarge : .damaged
    }
  }
}
