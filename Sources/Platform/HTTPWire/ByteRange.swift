/// What a Range header asks of a body of a known size.
package enum ByteRange: Equatable, Sendable {
  /// Everything: no range was asked for, or one this server does not serve in parts (several ranges, another
  /// unit).
  case whole
  /// These bytes; the answer is 206 with a Content-Range.
  case part(Range<Int64>)
  /// Nothing of it is there; the answer is 416.
  case unsatisfiable

  /// Resolves a header such as `bytes=0-499`, `bytes=500-` or `bytes=-500` against `size` (0 or more).
  package static func resolve(_ header: String?, size: Int64) -> ByteRange {
    guard let header, header.lowercased().hasPrefix("bytes=") else { return .whole }
    let spec = header.dropFirst("bytes=".count)
    if spec.contains(",") { return .whole }
    let ends = spec.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]) else { return .whole }
    switch (first, last) {
    case (nil, nil): return .whole
    case (nil, let suffix?):
      return suffix == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - suffix)..<size)
    case (let first?, nil):
      return first < size ? .part(first..<size) : .unsatisfiable
    case (let first?, let last?):
      if last < first { return .whole }
      return first < size ? .part(first..<min(size, last + 1)) : .unsatisfiable
    }
  }

  /// The Content-Range value for a part of a body of `size` bytes; for 416 when `range` is nil.
  package static func contentRange(_ range: Range<Int64>?, size: Int64) -> String {
    guard let range else { return "bytes */\(size)" }
    return "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
  }

  /// Outer nil: not a number.
  ///
  /// Inner nil: empty. At most 18 digits, so that adding one cannot overflow.
  private static func number(_ text: Substring) -> Int64?? {
    if text.isEmpty { return .some(nil) }
    guard text.utf8.count <= 18, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = Int64(text)
    else {
      return nil
    }
    return .some(value)
  }
}
