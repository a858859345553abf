/// Reads a `TextPattern`.
struct TextPatternParser {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0
  private var ignoresCase = false

  init(_ source: String) {
    scalars = Array(source.unicodeScalars)
    if source.hasPrefix("(?i)") {
      ignoresCase = true
      index = 4
    }
  }

  mutating func parse() throws(DomainError) -> TextPatternNode {
    let node = try choice()
    guard index == scalars.count else { throw fault("a bracket closes that was not opened") }
    return node
  }

  private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    index += 1
    return true
  }

  private func fault(_ what: String) -> DomainError {
    .invalid(
      "The pattern is not understood at its character \(index + 1): \(what).",
      hint: "See luthier dataset filter --help for what patterns know.")
  }

  private mutating func choice() throws(DomainError) -> TextPatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 50 else { throw fault("brackets stand too deep within each other") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(DomainError) -> TextPatternNode {
    var nodes: [TextPatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      nodes.append(try counted(try atom()))
    }
    return .sequence(nodes)
  }

  private mutating func counted(_ atom: TextPatternNode) throws(DomainError) -> TextPatternNode {
    var node = atom
    while true {
      var bounds: (Int, Int?)
      if take("*") {
        bounds = (0, nil)
      } else if take("+") {
        bounds = (1, nil)
      } else if take("?") {
        bounds = (0, 1)
      } else if next == "{", let read = try braces() {
        bounds = read
      } else {
        return node
      }
      // Whether it takes much or little makes no difference to whether it is there.
      _ = take("?")
      if case .repeated = node { throw fault("a count follows a count") }
      node = .repeated(node, least: bounds.0, most: bounds.1)
    }
  }

  /// `{2}`, `{2,}` or `{2,5}`; nil where the brace is a brace.
  private mutating func braces() throws(DomainError) -> (Int, Int?)? {
    guard let close = scalars[index...].firstIndex(of: "}") else { return nil }
    let text = String(String.UnicodeScalarView(scalars[(index + 1)..<close]))
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let least = Int(parts[0]), least >= 0 else { return nil }
    let most = parts.count == 1 ? least : Int(parts[1])
    guard parts.count == 1 || parts[1].isEmpty || most != nil else { return nil }
    guard least <= 200, most ?? 0 <= 200, most ?? .max >= least else {
      throw fault("counts in braces are 0 to 200, the smaller first")
    }
    index = close + 1
    return (least, most)
  }

  private mutating func atom() throws(DomainError) -> TextPatternNode {
    let scalar = scalars[index]
    index += 1
    switch scalar {
    case "(":
      if take("?"), !take(":") { throw fault("only (?: ) and, at the beginning, (?i) are known") }
      let node = try choice()
      guard take(")") else { throw fault("a bracket is not closed") }
      return node
    case "[": return .step(.one(try set()))
    case ".": return .step(.one(.any))
    case "^": return .step(.start)
    case "$": return .step(.end)
    case "*", "+", "?": throw fault("a count has nothing before it")
    case "\\":
      if take("b") { return .step(.boundary) }
      if take("B") { return .step(.inside) }
      return .step(.one(cased(try escape())))
    default: return .step(.one(cased(ScalarSet(ranges: [scalar.value...scalar.value]))))
    }
  }

  private func cased(_ set: ScalarSet) -> ScalarSet {
    var set = set
    set.ignoresCase = ignoresCase
    return set
  }

  /// What follows a backslash.
  private mutating func escape() throws(DomainError) -> ScalarSet {
    guard let scalar = next else { throw fault("a backslash has nothing behind it") }
    index += 1
    switch scalar {
    case "d": return .digit
    case "D": return ScalarSet.digit.negated
    case "s": return .space
    case "S": return ScalarSet.space.negated
    case "w": return .word
    case "W": return ScalarSet.word.negated
    case "n": return one(0x0A)
    case "r": return one(0x0D)
    case "t": return one(0x09)
    case "u":
      let digits = String(String.UnicodeScalarView(scalars[index...].prefix(4)))
      guard digits.unicodeScalars.count == 4, let value = UInt32(digits, radix: 16) else {
        throw fault("\\u needs four hexadecimal digits")
      }
      index += 4
      return one(value)
    case "0"..."9": throw fault("back references are not known")
    case "a"..."z", "A"..."Z": throw fault("\\\(scalar) is not known")
    default: return one(scalar.value)
    }
  }

  private func one(_ value: UInt32) -> ScalarSet { ScalarSet(ranges: [value...value]) }

  private mutating func set() throws(DomainError) -> ScalarSet {
    var set = ScalarSet()
    set.isNegated = take("^")
    var isFirst = true
    while true {
      guard let scalar = next else { throw fault("a bracket is not closed") }
      if scalar == "]", !isFirst {
        index += 1
        return cased(set)
      }
      isFirst = false
      let low = try member()
      guard next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else {
        set.ranges += low.isNegated ? low.complement : low.ranges
        continue
      }
      index += 1
      let high = try member()
      guard let from = Self.only(low), let to = Self.only(high), from <= to else {
        throw fault("a range goes from one character to a later one")
      }
      set.ranges.append(from...to)
    }
  }

  private mutating func member() throws(DomainError) -> ScalarSet {
    if take("\\") { return try escape() }
    guard let scalar = next else { throw fault("a bracket is not closed") }
    index += 1
    return one(scalar.value)
  }

  private static func only(_ set: ScalarSet) -> UInt32? {
    guard set.ranges.count == 1, !set.isNegated, set.ranges[0].count == 1 else { return nil }
    return set.ranges[0].lowerBound
  }
}
