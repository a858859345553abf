import Storage

extension FuzzTarget {
  /// An object store's answer is refused, or is the same when it is written down and read again.
  package static let storeAnswer = FuzzTarget("store-answer") { bytes in
    guard let answer = try? S3Answer(bytes) else { return nil }
    guard let again = try? S3Answer(Array(written(answer).utf8)) else { return "not read again" }
    return again == answer ? nil : "read otherwise: \(again)"
  }

  /// Text first: where it stood among the children is not kept.
  private static func written(_ answer: S3Answer) -> String {
    let text = answer.text.unicodeScalars.map { "&#\($0.value);" }.joined()
    return "<\(answer.name)>\(text)\(answer.children.map(written).joined())</\(answer.name)>"
  }
}
