/// A checked pipeline: its steps in the order in which they run.
package struct Pipeline: Sendable, Equatable, Codable {
  package let name: String
  package let description: String?
  package let steps: [PipelineStep]

  package init(name: String, description: String? = nil, steps: [PipelineStep]) {
    self.name = name
    self.description = description
    self.steps = steps
  }
}

/// One thing a pipeline does.
package struct PipelineStep: Sendable, Equatable, Codable {
  package enum Kind: String, Sendable, Codable, CaseIterable {
    case prepare, train, evaluate, merge, serve, index, notify
  }

  package let id: String
  package let kind: Kind
  /// Its fields as they were written, references included.
  package let inputs: [String: ArgumentValue]
  /// Where it stands in the file, for what is found out later.
  package let path: String
  /// Lines of the fields; of the step itself under "".
  package let lines: [String: Int]

  package init(
    id: String, kind: Kind, inputs: [String: ArgumentValue], path: String = "", lines: [String: Int] = [:]
  ) {
    self.id = id
    self.kind = kind
    self.inputs = inputs
    self.path = path
    self.lines = lines
  }
}

/// What a step made, for later ones.
package struct PipelineOutput: Sendable, Equatable, Codable {
  package enum Form: String, Sendable, Codable { case dataset, model, index, text, number }

  package let form: Form
  /// The identifier, or the value itself.
  package let value: String
  /// As people call it.
  package let name: String

  package init(_ form: Form, _ value: String, name: String? = nil) {
    self.form = form
    self.value = value
    self.name = name ?? value
  }
}

extension PipelineStep {
  /// What stands in a field, with what its references mean: the value itself where it is one reference, the name of
  /// it within a text.
  package func text(_ field: String, _ outputs: [String: [String: PipelineOutput]]) throws(DomainError)
    -> String?
  {
    guard case .string(let written)? = inputs[field] else { return nil }
    return try Self.filled(written, outputs)
  }

  /// The texts of a field that takes one or several.
  package func texts(_ field: String, _ outputs: [String: [String: PipelineOutput]]) throws(DomainError)
    -> [String]
  {
    guard case .list(let items)? = inputs[field] else {
      return try text(field, outputs).map { [$0] } ?? []
    }
    var found: [String] = []
    for case .string(let written) in items { found.append(try Self.filled(written, outputs)) }
    return found
  }

  package func integer(_ field: String) -> Int? {
    if case .integer(let value)? = inputs[field] { value } else { nil }
  }

  package func number(_ field: String) -> Double? { inputs[field]?.asNumber }

  /// The outputs of other steps that it needs.
  package var references: [PipelineReference] {
    inputs.values.flatMap(\.strings).flatMap { (try? PipelineText($0).references) ?? [] }
  }

  private static func filled(
    _ written: String, _ outputs: [String: [String: PipelineOutput]]
  ) throws(DomainError) -> String {
    let text = try PipelineText(written)
    for reference in text.references where outputs[reference.step]?[reference.output] == nil {
      throw .conflict("\(reference.text) was not made.", hint: "The step before made something else.")
    }
    if let whole = text.whole, let output = outputs[whole.step]?[whole.output] { return output.value }
    return text.filled { outputs[$0.step]?[$0.output]?.name ?? "" }
  }
}
