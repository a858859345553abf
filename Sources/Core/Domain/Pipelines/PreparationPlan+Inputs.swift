import FoundationEssentials

extension PreparationPlan {
  /// The fields of a step, one of which says what is done.
  package static let operations = ["convert", "split", "dedupe", "filter", "sample"]

  /// The preparation that a step's fields say.
  ///
  /// Throws `invalid_input` for what is none, also for words that none has: they would be passed over.
  package init(inputs: [String: ArgumentValue]) throws(DomainError) {
    var given = inputs
    given["dataset"] = nil
    let plan: PreparationPlan
    let known: ArgumentValue
    do {
      plan = try JSONDecoder().decode(Self.self, from: try JSONEncoder().encode(ArgumentValue.object(given)))
      known = try JSONDecoder().decode(ArgumentValue.self, from: try JSONEncoder().encode(plan))
    } catch let error as DecodingError {
      throw .invalid(
        "The value of \(error.place.prefix(120)) is not of the kind that is needed.",
        hint: "See luthier pipeline schema.")
    } catch {
      throw .invalid("This is no preparation.", hint: "See luthier pipeline schema.")
    }
    guard case .object(let all) = known else { throw .invalid("This is no preparation.") }
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard case .object(let words) = value, case .object(let mine)? = all[name] else { continue }
      for word in words.keys.sorted() where mine[word] == nil {
        throw .invalid(
          "There is no \(word.prefix(60)) in \(name.prefix(60)).", hint: "See luthier pipeline schema.")
      }
    }
    self = plan
  }

  /// The datasets that a step makes of it: `dataset`, which of a split is the part to train on, and its other parts.
  var makes: Set<String> {
    guard let split else { return ["dataset"] }
    var made: Set<String> = ["dataset"]
    if split.eval ?? (split.test == nil ? 0.1 : 0) > 0 { made.insert("eval") }
    if split.test ?? 0 > 0 { made.insert("test") }
    return made
  }
}

extension DecodingError {
  /// Where the value stands that could not be read.
  fileprivate var place: String {
    let path: [any CodingKey]
    switch self {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      path = context.codingPath
    @unknown default: path = []
    }
    return path.map(\.stringValue).joined(separator: ".")
  }
}
