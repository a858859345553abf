/// A parser that is fed with whatever comes to a fuzzer's mind, and what must hold for every input.
package struct FuzzTarget: Sendable {
  /// Also the name of its folder in the corpus.
  package let name: String
  /// Says which rule an input breaks; nil for one that breaks none.
  package let broken: @Sendable ([UInt8]) -> String?

  package init(_ name: String, broken: @escaping @Sendable ([UInt8]) -> String?) {
    self.name = name
    self.broken = broken
  }

  package static let all: [FuzzTarget] = [
    .head, .responseHead, .target, .chunked, .multipart, .eventStream, .jsonBody, .dataset, .relayedEvents,
    .agentFrames, .muxFrames, .storeAnswer,
  ]

  /// Bytes cut in a way that depends on them alone: at every byte, or in pieces of up to 7.
  static func cut(_ bytes: [UInt8]) -> [[UInt8]] {
    guard let first = bytes.first, first % 2 == 1 else { return bytes.map { [$0] } }
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = min(rest.count, 1 + Int(rest.first ?? 0) % 7)
      pieces.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return pieces
  }
}
