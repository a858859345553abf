/// A JSON document as it is put together, before its keys are in order.
///
/// All nodes stand in one array and all text of numbers and strings in another: a value of a thousand members costs a few
/// allocations rather than thousands.
final class JSONTree {
  enum Kind { case empty, null, text, array, object }

  private struct Node {
    var kind = Kind.empty
    /// Its name in the object it belongs to.
    var key = ""
    /// Where its text stands.
    var start = 0
    var end = 0
    /// Its first and last child, and the sibling behind it; 0: none, since the root is nobody's.
    var first = 0
    var last = 0
    var next = 0
    var count = 0
  }

  static let root = 0

  private var nodes = [Node()]
  private var texts: [UInt8] = []
  // The names of the object written last and their order: the elements of a list have the same.
  private var lastKeys: [String] = []
  private var lastOrder: [Int] = []

  init() {
    nodes.reserveCapacity(16)
    texts.reserveCapacity(256)
  }

  /// How many members or elements a node has.
  func count(_ node: Int) -> Int { nodes[node].count }

  /// Makes the node an object or an array, if it is nothing yet.
  func open(_ node: Int, as kind: Kind) {
    if nodes[node].kind == .empty { nodes[node].kind = kind }
  }

  /// Adds a member or an element.
  func add(to parent: Int, key: String = "") -> Int {
    let index = nodes.count
    var node = Node()
    node.key = key
    nodes.append(node)
    let last = nodes[parent].last
    if last == 0 { nodes[parent].first = index } else { nodes[last].next = index }
    nodes[parent].last = index
    nodes[parent].count += 1
    return index
  }

  func setNull(_ node: Int) { nodes[node].kind = .null }

  /// Gives the node the text that `write` appends.
  func setText(_ node: Int, _ write: (inout [UInt8]) -> Void) {
    nodes[node].kind = .text
    nodes[node].start = texts.count
    write(&texts)
    nodes[node].end = texts.count
  }

  /// The whole document.
  func written() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(texts.count + nodes.count * 16)
    write(Self.root, to: &output)
    return output
  }

  private func write(_ node: Int, to output: inout [UInt8]) {
    switch nodes[node].kind {
    case .text: output.append(contentsOf: texts[nodes[node].start..<nodes[node].end])
    case .null: output.append(contentsOf: "null".utf8)
    // As Foundation does with a value that encodes nothing.
    case .empty: output.append(contentsOf: "{}".utf8)
    case .array:
      output.append(UInt8(ascii: "["))
      var child = nodes[node].first
      while child != 0 {
        write(child, to: &output)
        child = nodes[child].next
        if child != 0 { output.append(UInt8(ascii: ",")) }
      }
      output.append(UInt8(ascii: "]"))
    case .object: writeObject(node, to: &output)
    }
  }

  private func writeObject(_ node: Int, to output: inout [UInt8]) {
    var members: [Int] = []
    members.reserveCapacity(nodes[node].count)
    var child = nodes[node].first
    while child != 0 {
      members.append(child)
      child = nodes[child].next
    }
    let order = order(of: members)
    output.append(UInt8(ascii: "{"))
    var isFirst = true
    for (place, index) in order.enumerated() {
      let member = members[index]
      // Of a name given twice the last one counts.
      if place + 1 < order.count, nodes[members[order[place + 1]]].key == nodes[member].key { continue }
      if isFirst { isFirst = false } else { output.append(UInt8(ascii: ",")) }
      Self.write(nodes[member].key, to: &output)
      output.append(UInt8(ascii: ":"))
      write(member, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  private func order(of members: [Int]) -> [Int] {
    if members.count == lastKeys.count,
      members.indices.allSatisfy({ nodes[members[$0]].key == lastKeys[$0] })
    {
      return lastOrder
    }
    let keys = members.map { nodes[$0].key }
    var order = Array(keys.indices)
    // By place too: a sort need not keep equals in order.
    if !zip(keys, keys.dropFirst()).allSatisfy({ $0 <= $1 }) {
      order.sort { (keys[$0], $0) < (keys[$1], $1) }
    }
    lastKeys = keys
    lastOrder = order
    return order
  }

  /// Appends a string with its quotes.
  static func write(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { bytes in
      var plain = 0
      for index in bytes.indices where needsEscape(bytes[index]) {
        output.append(contentsOf: bytes[plain..<index])
        escape(bytes[index], to: &output)
        plain = index + 1
      }
      output.append(contentsOf: bytes[plain...])
    }
    output.append(UInt8(ascii: "\""))
  }

  @inline(__always)
  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
    case 8: output.append(UInt8(ascii: "b"))
    case 9: output.append(UInt8(ascii: "t"))
    case 10: output.append(UInt8(ascii: "n"))
    case 12: output.append(UInt8(ascii: "f"))
    case 13: output.append(UInt8(ascii: "r"))
    default:
      output.append(contentsOf: "u00".utf8)
      for digit in [byte >> 4, byte & 15] { output.append(digit < 10 ? 48 + digit : 87 + digit) }
    }
  }
}
