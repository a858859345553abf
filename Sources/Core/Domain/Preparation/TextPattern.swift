/// A regular expression that is looked for in a text, in time that grows with the text and never beyond.
///
/// It knows characters, `.`, `[a-z]` and `[^…]`, `\d \w \s` and `\D \W \S`, `\b`, `^` and `$` for the ends of the
/// text, `( )` and `(?: )`, `|`, `*`, `+`, `?`, `{2,5}`, `\n \t \r \uXXXX`, and `(?i)` at its beginning. It has neither
/// back references nor looks ahead or behind: with them a text could take for ever.
package struct TextPattern: Sendable, Equatable {
  package let source: String
  private let program: [Step]

  enum Step: Sendable, Equatable {
    case one(ScalarSet)
    case start, end, boundary, inside
    /// Goes on at both.
    case fork(Int, Int)
    case jump(Int)
    case match
  }

  /// Throws `invalid_input` where it cannot be understood, or is too large.
  package init(_ source: String) throws(DomainError) {
    self.source = source
    guard (1...1000).contains(source.unicodeScalars.count) else {
      throw .invalid("A pattern has 1 to 1,000 characters.")
    }
    var parser = TextPatternParser(source)
    var program: [Step] = []
    try Self.compile(try parser.parse(), into: &program)
    program.append(.match)
    self.program = program
  }

  /// The text has it somewhere.
  package func isFound(in text: String) -> Bool {
    var now = Threads(program.count)
    var next = Threads(program.count)
    var before: Unicode.Scalar?
    var iterator = text.unicodeScalars.makeIterator()
    var here = iterator.next()
    while true {
      // It may begin anywhere.
      if add(0, to: &now, before, here) { return true }
      guard let scalar = here else { return false }
      let after = iterator.next()
      next.removeAll()
      for place in now.places {
        guard case .one(let set) = program[place], set.contains(scalar) else { continue }
        if add(place + 1, to: &next, scalar, after) { return true }
      }
      swap(&now, &next)
      before = scalar
      here = after
    }
  }

  /// Where the search stands, each place once.
  private struct Threads {
    var places: [Int] = []
    private var isIn: [Bool]

    init(_ count: Int) { isIn = [Bool](repeating: false, count: count) }

    mutating func insert(_ place: Int) -> Bool {
      if isIn[place] { return false }
      isIn[place] = true
      places.append(place)
      return true
    }

    mutating func removeAll() {
      for place in places { isIn[place] = false }
      places.removeAll(keepingCapacity: true)
    }
  }

  /// Goes from a place to all that can be reached without a character; true where the end is among them.
  private func add(
    _ place: Int, to threads: inout Threads, _ before: Unicode.Scalar?, _ here: Unicode.Scalar?
  ) -> Bool {
    var waiting = [place]
    while let place = waiting.popLast() {
      guard threads.insert(place) else { continue }
      switch program[place] {
      case .match: return true
      case .one: break
      case .jump(let to): waiting.append(to)
      case .fork(let first, let second):
        waiting.append(second)
        waiting.append(first)
      case .start: if before == nil { waiting.append(place + 1) }
      case .end: if here == nil { waiting.append(place + 1) }
      case .boundary, .inside:
        let isBoundary = (before.map(ScalarSet.isWord) ?? false) != (here.map(ScalarSet.isWord) ?? false)
        if isBoundary == (program[place] == .boundary) { waiting.append(place + 1) }
      }
    }
    return false
  }

  private static let longest = 2_000

  private static func compile(_ node: TextPatternNode, into program: inout [Step]) throws(DomainError) {
    guard program.count < longest else {
      throw .invalid("The pattern is too large.", hint: "Use smaller counts in its braces.")
    }
    switch node {
    case .step(let step): program.append(step)
    case .sequence(let nodes): for node in nodes { try compile(node, into: &program) }
    case .choice(let nodes):
      var ends: [Int] = []
      for (index, node) in nodes.enumerated() {
        guard index + 1 < nodes.count else {
          try compile(node, into: &program)
          break
        }
        let fork = program.count
        program.append(.jump(0))
        try compile(node, into: &program)
        ends.append(program.count)
        program.append(.jump(0))
        program[fork] = .fork(fork + 1, program.count)
      }
      for end in ends { program[end] = .jump(program.count) }
    case .repeated(let node, let least, let most):
      for _ in 0..<least {
        let start = program.count
        try compile(node, into: &program)
        // What takes nothing takes it as often as one likes: counts within each other would go on for ever.
        if program.count == start { break }
      }
      guard let most else {
        let fork = program.count
        program.append(.jump(0))
        try compile(node, into: &program)
        program.append(.jump(fork))
        program[fork] = .fork(fork + 1, program.count)
        return
      }
      var forks: [Int] = []
      for _ in least..<most {
        forks.append(program.count)
        program.append(.jump(0))
        try compile(node, into: &program)
      }
      for fork in forks { program[fork] = .fork(fork + 1, program.count) }
    }
  }
}

/// A pattern as its parts stand within each other.
indirect enum TextPatternNode {
  case step(TextPattern.Step)
  case sequence([TextPatternNode])
  case choice([TextPatternNode])
  case repeated(TextPatternNode, least: Int, most: Int?)
}

/// Some characters.
struct ScalarSet: Sendable, Equatable {
  var ranges: [ClosedRange<UInt32>] = []
  var isNegated = false
  var ignoresCase = false

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    var isIn = has(scalar.value)
    if !isIn, ignoresCase {
      let lower = scalar.properties.lowercaseMapping.unicodeScalars
      let upper = scalar.properties.uppercaseMapping.unicodeScalars
      isIn = [lower, upper].contains { $0.count == 1 && has($0.first?.value ?? 0) }
    }
    return isIn != isNegated
  }

  private func has(_ value: UInt32) -> Bool { ranges.contains { $0 ~= value } }

  static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return word.contains(scalar)
    }
    return scalar.properties.isAlphabetic
  }

  static let digit = ScalarSet(ranges: [0x30...0x39])
  static let space = ScalarSet(ranges: [
    0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x2000...0x200A, 0x2028...0x2029, 0x3000...0x3000,
  ])
  /// Letters of ASCII, digits and underlines.
  static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
  /// Anything but the end of a line.
  static let any = ScalarSet(ranges: [0x0A...0x0A, 0x0D...0x0D], isNegated: true)

  var negated: ScalarSet {
    var set = self
    set.isNegated.toggle()
    return set
  }

  /// The characters that are in neither, as plain ranges.
  var complement: [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { result.append(next...0x10FFFF) }
    return result
  }
}
