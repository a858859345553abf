import HTTPWire

/// The path of a route: literal segments, `{name}` for one segment, `{name*}` for one segment in which `%2F`
/// may stand, `{name...}` for all that follow.
struct RoutePattern: Sendable {
  enum Part: Sendable, Equatable {
    case literal(String)
    case parameter(String)
    case named(String)
    case rest(String)
  }

  let text: String
  let parts: [Part]

  /// Throws `RouterError` when `text` is not a pattern.
  init(_ text: String) throws(RouterError) {
    self.text = text
    guard text.hasPrefix("/") else { throw RouterError(.malformed, "\(text) does not begin with a slash") }
    var parts: [Part] = []
    for segment in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      if case .rest? = parts.last { throw RouterError(.malformed, "\(text) goes on after its rest") }
      parts.append(try Self.part(segment, of: text))
    }
    let names = parts.compactMap { part in
      switch part {
      case .literal: nil as String?
      case .parameter(let name), .named(let name), .rest(let name): name
      }
    }
    if Set(names).count != names.count {
      throw RouterError(.malformed, "\(text) uses a parameter name twice")
    }
    self.parts = parts
  }

  private static func part(_ segment: Substring, of text: String) throws(RouterError) -> Part {
    guard segment.hasPrefix("{") else {
      let isPlain = segment.utf8.allSatisfy { PercentCoding.isPlain($0) }
      guard isPlain, segment != ".", segment != ".." else {
        throw RouterError(.malformed, "\(text) has a segment that needs escaping")
      }
      return .literal(String(segment))
    }
    var name = segment.dropFirst()
    guard name.popLast() == "}" else { throw RouterError(.malformed, "\(text) has an unclosed brace") }
    let isRest = name.hasSuffix("...")
    if isRest { name = name.dropLast(3) }
    let isNamed = name.hasSuffix("*")
    if isNamed { name = name.dropLast() }
    guard !name.isEmpty, name.utf8.allSatisfy({ PercentCoding.isPlain($0) }) else {
      throw RouterError(.malformed, "\(text) has a parameter without a name")
    }
    if isRest { return .rest(String(name)) }
    return isNamed ? .named(String(name)) : .parameter(String(name))
  }

  /// How many path parameters a match yields.
  var parameterCount: Int {
    parts.count { if case .literal = $0 { false } else { true } }
  }

  /// The decoded parameters, or nil when the path does not match.
  ///
  /// An empty segment matches no parameter.
  func match(_ segments: [RequestTarget.Segment]) -> [String]? {
    var values: [String] = []
    for (index, part) in parts.enumerated() {
      switch part {
      case .rest:
        guard index < segments.count, !segments[index...].contains(where: \.hasEncodedSlash) else {
          return nil
        }
        values.append(segments.dropFirst(index).map(\.decoded).joined(separator: "/"))
        return values
      case .literal(let literal):
        guard index < segments.count, segments[index].raw == literal else { return nil }
      case .parameter:
        guard index < segments.count, !segments[index].raw.isEmpty, !segments[index].hasEncodedSlash else {
          return nil
        }
        values.append(segments[index].decoded)
      case .named:
        guard index < segments.count, !segments[index].raw.isEmpty else { return nil }
        values.append(segments[index].decoded)
      }
    }
    return parts.count == segments.count ? values : nil
  }

  /// Where two patterns that can match the same path stand to each other.
  enum Relation { case disjoint, same, moreSpecific, lessSpecific, ambiguous }

  func relation(to other: RoutePattern) -> Relation {
    var isMore = false
    var isLess = false
    for index in 0..<max(parts.count, other.parts.count) {
      let left = index < parts.count ? parts[index] : nil
      let right = index < other.parts.count ? other.parts[index] : nil
      switch (left, right) {
      case (nil, _), (_, nil): return .disjoint
      case (.rest?, .rest?): break
      case (.rest?, _): isLess = true
      case (_, .rest?): isMore = true
      case (.literal(let a)?, .literal(let b)?): if a != b { return .disjoint }
      case (.literal?, _): isMore = true
      case (_, .literal?): isLess = true
      case (.parameter?, _), (.named?, _): break
      }
      if case .rest? = left { break }
      if case .rest? = right { break }
    }
    switch (isMore, isLess) {
    case (false, false): return .same
    case (true, false): return .moreSpecific
    case (false, true): return .lessSpecific
    case (true, true): return .ambiguous
    }
  }
}

/// A mistake in the table of routes, found when the router is made.
package struct RouterError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable { case malformed, duplicate, ambiguous, parameterCount }

  package let code: Code
  /// Names the routes.
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
