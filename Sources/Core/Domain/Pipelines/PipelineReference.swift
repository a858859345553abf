/// `${steps.ID.OUTPUT}`: what an earlier step made.
package struct PipelineReference: Sendable, Hashable {
  package let step: String
  package let output: String

  package init(step: String, output: String) {
    self.step = step
    self.output = output
  }

  package var text: String { "${steps.\(step).\(output)}" }
}

/// A text with references in it; `$${` stands for `${` itself.
///
/// What a reference brings is never read again: it cannot bring in another reference.
package struct PipelineText: Sendable, Equatable {
  package enum Piece: Sendable, Equatable {
    case plain(String)
    case reference(PipelineReference)
  }

  package let pieces: [Piece]

  /// Throws what is wrong with a reference, in words.
  package init(_ text: String) throws(DomainError) {
    var pieces: [Piece] = []
    var plain = ""
    var rest = text[...]
    while let mark = rest.firstIndex(of: "$") {
      plain += rest[..<mark]
      rest = rest[mark...]
      if rest.hasPrefix("$${") {
        plain += "${"
        rest = rest.dropFirst(3)
        continue
      }
      guard rest.hasPrefix("${") else {
        plain += "$"
        rest = rest.dropFirst()
        continue
      }
      guard let end = rest.firstIndex(of: "}") else {
        throw .invalid("A reference does not end.", hint: "Write it like ${steps.train.model}.")
      }
      let words = rest[rest.index(rest.startIndex, offsetBy: 2)..<end]
        .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 3, words[0] == "steps", words.allSatisfy({ !$0.isEmpty }) else {
        throw .invalid(
          "\(rest[...end].prefix(80)) is no reference.", hint: "Write it like ${steps.train.model}.")
      }
      if !plain.isEmpty { pieces.append(.plain(plain)) }
      plain = ""
      pieces.append(.reference(PipelineReference(step: words[1], output: words[2])))
      rest = rest[rest.index(after: end)...]
    }
    plain += rest
    if !plain.isEmpty || pieces.isEmpty { pieces.append(.plain(plain)) }
    self.pieces = pieces
  }

  package var references: [PipelineReference] {
    pieces.compactMap { if case .reference(let reference) = $0 { reference } else { nil } }
  }

  /// The one reference that it is; nil where it is anything else.
  package var whole: PipelineReference? {
    pieces.count == 1 ? references.first : nil
  }

  /// The text with what its references mean.
  package func filled(_ value: (PipelineReference) -> String) -> String {
    pieces.map { piece in
      switch piece {
      case .plain(let text): text
      case .reference(let reference): value(reference)
      }
    }.joined()
  }
}
