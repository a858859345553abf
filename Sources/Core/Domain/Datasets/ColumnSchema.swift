/// The types that the columns of a dataset have had so far, nested ones included.
///
/// The trainer reads a dataset into typed columns: one row that holds a number where others hold a text makes it
/// fail on the whole file. Null goes with everything; a list has one type for all its elements.
struct ColumnSchema: Sendable {
  struct Conflict {
    let token: JSONRow.Value
    /// Such as `meta.id` or `messages[].content`.
    let path: String
    let was: JSONToken.Kind
    let firstRow: Int
  }

  private struct Node {
    /// Nil while only nulls came up.
    var kind: JSONToken.Kind?
    let name: JSONRow.Name
    let parent: Int
    var firstRow = 0
    var children: [Int] = []
    /// The object that had this key last; a second time in the same one is a double.
    var stamp = -1
  }

  /// Past this many columns, further ones are not watched.
  private static let nodeLimit = 512
  private var nodes: ContiguousArray<Node> = [Node(kind: .object, name: "", parent: -1)]
  private var stamp = 0

  /// The names of the columns, in the order they came up.
  var columns: [String] { nodes[0].children.map { nodes[$0].name.text } }

  /// Adds a row that is an object.
  ///
  /// - Returns: the first type that differs from what earlier rows had, and the first key that stands twice.
  mutating func add(_ row: JSONRow, number: Int) -> (conflict: Conflict?, double: JSONRow.Value?) {
    var conflict: Conflict?
    var double: JSONRow.Value?
    merge(row, 0, into: 0, number, &conflict, &double)
    return (conflict, double)
  }

  private mutating func merge(
    _ row: JSONRow, _ value: JSONRow.Value, into node: Int, _ number: Int, _ conflict: inout Conflict?,
    _ double: inout JSONRow.Value?
  ) {
    let kind = row.tokens[value].kind
    if kind == .null { return }
    if let was = nodes[node].kind {
      if was != kind {
        if conflict == nil {
          conflict = Conflict(token: value, path: path(of: node), was: was, firstRow: nodes[node].firstRow)
        }
        return
      }
    } else {
      nodes[node].kind = kind
      nodes[node].firstRow = number
    }
    switch kind {
    case .object:
      stamp += 1
      let mark = stamp
      var index = value + 1
      var order = 0
      let end = Int(row.tokens[value].next)
      while index < end {
        if let child = child(of: node, row, index, order) {
          if nodes[child].stamp == mark { double = double ?? index }
          nodes[child].stamp = mark
          merge(row, index + 1, into: child, number, &conflict, &double)
        }
        order += 1
        index = Int(row.tokens[index + 1].next)
      }
    case .array:
      var index = value + 1
      let end = Int(row.tokens[value].next)
      guard index < end, let element = element(of: node) else { return }
      while index < end {
        merge(row, index, into: element, number, &conflict, &double)
        index = Int(row.tokens[index].next)
      }
    case .null, .bool, .number, .string, .key: break
    }
  }

  /// The node of a key: rows mostly have the same keys in the same order, so the place is looked at first.
  private mutating func child(of node: Int, _ row: JSONRow, _ key: JSONRow.Value, _ order: Int) -> Int? {
    let count = nodes[node].children.count
    if order < count {
      let candidate = nodes[node].children[order]
      if row.isText(key, nodes[candidate].name) { return candidate }
    }
    for place in 0..<count {
      let candidate = nodes[node].children[place]
      if row.isText(key, nodes[candidate].name) { return candidate }
    }
    return append(JSONRow.Name(row.text(key)), to: node)
  }

  private mutating func element(of node: Int) -> Int? {
    nodes[node].children.first ?? append("[]", to: node)
  }

  private mutating func append(_ name: JSONRow.Name, to node: Int) -> Int? {
    guard nodes.count < Self.nodeLimit, name.bytes.count <= 256 else { return nil }
    nodes.append(Node(kind: nil, name: name, parent: node))
    nodes[node].children.append(nodes.count - 1)
    return nodes.count - 1
  }

  private func path(of node: Int) -> String {
    var names: [String] = []
    var here = node
    while here > 0 {
      names.append(nodes[here].name.text)
      here = nodes[here].parent
    }
    return names.reversed().reduce("") { path, name in
      name == "[]" ? path + name : path.isEmpty ? name : "\(path).\(name)"
    }
  }
}
