/// A decoder that has no data: it notes what is asked for and answers with an empty value.
struct ProbingDecoder: Decoder {
  let recorder: FieldRecorder
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(ProbingContainer<Key>(recorder: recorder))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw unsupported("an array") }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw unsupported("a bare value") }

  private func unsupported(_ what: String) -> DecodingError {
    .dataCorrupted(
      .init(codingPath: [], debugDescription: "A wire type must decode by keys, not as \(what)."))
  }
}

private struct ProbingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let recorder: FieldRecorder
  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }

  func contains(_ key: Key) -> Bool { true }
  func decodeNil(forKey key: Key) throws -> Bool { true }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    try recorder.record(key.stringValue, type, optional: false)
    return try emptyValue(type)
  }

  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    try recorder.record(key.stringValue, type, optional: true)
    return nil
  }

  // The concrete overloads exist in the protocol; without them the defaults would bypass `record`.
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try note(type, key, false) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try note(type, key, "") }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try note(type, key, 0) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try note(type, key, 0) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try note(type, key, 0) }
  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try noteOptional(type, key) }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try noteOptional(type, key) }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try noteOptional(type, key) }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try noteOptional(type, key) }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try noteOptional(type, key) }

  private func note<T: Decodable>(_ type: T.Type, _ key: Key, _ value: T) throws -> T {
    try recorder.record(key.stringValue, type, optional: false)
    return value
  }
  private func noteOptional<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T? {
    try recorder.record(key.stringValue, type, optional: true)
    return nil
  }

  private func emptyValue<T: Decodable>(_ type: T.Type) throws -> T {
    if let words = type as? any WireEnum.Type, let first = firstWord(words) as? T { return first }
    if let list = type as? any EmptyMaking.Type, let empty = list.makeEmpty() as? T { return empty }
    if let any = JSONValue.null as? T { return any }
    return try T(from: ProbingDecoder(recorder: FieldRecorder(probe: recorder.probe)))
  }
  private func firstWord<W: WireEnum>(_: W.Type) -> Any? { W.allCases.first }

  func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<NestedKey>
  { KeyedDecodingContainer(ProbingContainer<NestedKey>(recorder: recorder)) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try ProbingDecoder(recorder: recorder).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder { ProbingDecoder(recorder: recorder) }
  func superDecoder(forKey key: Key) throws -> any Decoder { ProbingDecoder(recorder: recorder) }
}

private protocol EmptyMaking { static func makeEmpty() -> Any }
extension Array: EmptyMaking { static func makeEmpty() -> Any { Self() } }
extension Dictionary: EmptyMaking { static func makeEmpty() -> Any { Self() } }
