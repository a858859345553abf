import Contract

/// A body that is not what the route takes, with the field at fault.
struct BodyRefusal: Error {
  let isSyntax: Bool
  let message: String
  let hint: String
  let field: ErrorEnvelope.FieldError?

  init(_ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      self.init(context.codingPath + [key], "is missing", "Add it.")
    case .typeMismatch(let type, let context):
      self.init(
        context.codingPath, "has the wrong type: \(Self.name(of: type)) is needed", "Change its type.")
    case .valueNotFound(_, let context):
      self.init(context.codingPath, "must not be null", "Give it a value.")
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      self.init(
        context.codingPath, "has a value that is not allowed", "See the API's documentation at /docs.")
    default: self = Self.notJSON
    }
  }

  /// A text that is refused before anything of it is read.
  init(syntax message: String, hint: String) {
    self.init(isSyntax: true, message: message, hint: hint, field: nil)
  }

  private static let notJSON = BodyRefusal(
    isSyntax: true, message: "The body is not JSON.", hint: "Send one JSON object in UTF-8.", field: nil)

  private init(isSyntax: Bool, message: String, hint: String, field: ErrorEnvelope.FieldError?) {
    self.isSyntax = isSyntax
    self.message = message
    self.hint = hint
    self.field = field
  }

  private init(_ path: [any CodingKey], _ problem: String, _ hint: String) {
    let name = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    guard !name.isEmpty else {
      self.init(
        isSyntax: false, message: "The body must be a JSON object.", hint: "Send {\"field\": value, …}.",
        field: nil)
      return
    }
    self.init(
      isSyntax: false, message: "\"\(name.prefix(200))\" \(problem).", hint: hint,
      field: ErrorEnvelope.FieldError(field: String(name.prefix(200)), message: "\(problem).", hint: hint))
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is Int.Type, is Int64.Type: "a whole number"
    case is Double.Type: "a number"
    default: String(reflecting: type).contains("Array") ? "a list" : "an object"
    }
  }
}
