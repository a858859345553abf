/// Puts one value at one place of a tree.
struct JSONTreeEncoder: Encoder {
  let tree: JSONTree
  let node: Int

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    tree.open(node, as: .object)
    return KeyedEncodingContainer(JSONMembers<Key>(tree: tree, node: node))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    tree.open(node, as: .array)
    return JSONElements(tree: tree, node: node)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingle(tree: tree, node: node) }
}

extension JSONTree {
  func setValue(_ value: some Encodable, at node: Int) throws {
    try value.encode(to: JSONTreeEncoder(tree: self, node: node))
  }

  func set(_ value: String, at node: Int) { setText(node) { Self.write(value, to: &$0) } }

  func set(_ value: Bool, at node: Int) {
    setText(node) { $0.append(contentsOf: value ? "true".utf8 : "false".utf8) }
  }

  func set(_ value: some FixedWidthInteger, at node: Int) {
    setText(node) { $0.append(contentsOf: String(value).utf8) }
  }

  func set(_ value: Double, at node: Int) throws {
    guard value.isFinite else { throw Self.unwritable(value) }
    setText(node) { Self.writeNumber(value.description, to: &$0) }
  }

  func set(_ value: Float, at node: Int) throws {
    guard value.isFinite else { throw Self.unwritable(value) }
    setText(node) { Self.writeNumber(value.description, to: &$0) }
  }

  /// Whole numbers without a point.
  private static func writeNumber(_ text: String, to output: inout [UInt8]) {
    output.append(contentsOf: text.hasSuffix(".0") ? text.utf8.dropLast(2) : text.utf8[...])
  }

  private static func unwritable(_ value: Any) -> EncodingError {
    .invalidValue(value, .init(codingPath: [], debugDescription: "JSON has no number for it"))
  }
}

/// The members of an object.
private struct JSONMembers<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let tree: JSONTree
  let node: Int
  var codingPath: [any CodingKey] { [] }

  private func place(_ key: some CodingKey) -> Int { tree.add(to: node, key: key.stringValue) }

  func encodeNil(forKey key: Key) { tree.setNull(place(key)) }
  func encode(_ value: Bool, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: String, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: Double, forKey key: Key) throws { try tree.set(value, at: place(key)) }
  func encode(_ value: Float, forKey key: Key) throws { try tree.set(value, at: place(key)) }
  func encode(_ value: Int, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: Int8, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: Int16, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: Int32, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: Int64, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: UInt, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: UInt8, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: UInt16, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: UInt32, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode(_ value: UInt64, forKey key: Key) { tree.set(value, at: place(key)) }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try tree.setValue(value, at: place(key))
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  {
    JSONTreeEncoder(tree: tree, node: place(key)).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    JSONTreeEncoder(tree: tree, node: place(key)).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    JSONTreeEncoder(tree: tree, node: tree.add(to: node, key: "super"))
  }

  func superEncoder(forKey key: Key) -> any Encoder { JSONTreeEncoder(tree: tree, node: place(key)) }
}

/// The elements of an array.
private struct JSONElements: UnkeyedEncodingContainer {
  let tree: JSONTree
  let node: Int
  var codingPath: [any CodingKey] { [] }
  var count: Int { tree.count(node) }

  func encodeNil() { tree.setNull(tree.add(to: node)) }
  func encode(_ value: Bool) { tree.set(value, at: tree.add(to: node)) }
  func encode(_ value: String) { tree.set(value, at: tree.add(to: node)) }
  func encode(_ value: Double) throws { try tree.set(value, at: tree.add(to: node)) }
  func encode(_ value: Float) throws { try tree.set(value, at: tree.add(to: node)) }
  func encode(_ value: Int) { tree.set(value, at: tree.add(to: node)) }
  func encode(_ value: Int64) { tree.set(value, at: tree.add(to: node)) }
  func encode<Value: Encodable>(_ value: Value) throws { try tree.setValue(value, at: tree.add(to: node)) }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    JSONTreeEncoder(tree: tree, node: tree.add(to: node)).container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONTreeEncoder(tree: tree, node: tree.add(to: node)).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { JSONTreeEncoder(tree: tree, node: tree.add(to: node)) }
}

/// A value that is neither.
private struct JSONSingle: SingleValueEncodingContainer {
  let tree: JSONTree
  let node: Int
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { tree.setNull(node) }
  func encode(_ value: Bool) { tree.set(value, at: node) }
  func encode(_ value: String) { tree.set(value, at: node) }
  func encode(_ value: Double) throws { try tree.set(value, at: node) }
  func encode(_ value: Float) throws { try tree.set(value, at: node) }
  func encode(_ value: Int) { tree.set(value, at: node) }
  func encode(_ value: Int8) { tree.set(value, at: node) }
  func encode(_ value: Int16) { tree.set(value, at: node) }
  func encode(_ value: Int32) { tree.set(value, at: node) }
  func encode(_ value: Int64) { tree.set(value, at: node) }
  func encode(_ value: UInt) { tree.set(value, at: node) }
  func encode(_ value: UInt8) { tree.set(value, at: node) }
  func encode(_ value: UInt16) { tree.set(value, at: node) }
  func encode(_ value: UInt32) { tree.set(value, at: node) }
  func encode(_ value: UInt64) { tree.set(value, at: node) }
  func encode<Value: Encodable>(_ value: Value) throws { try tree.setValue(value, at: node) }
}
