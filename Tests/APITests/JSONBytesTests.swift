import Contract
import FoundationEssentials
import Testing

@testable import API

/// The answers' own JSON writer says what Foundation's says, byte for byte.
@Suite struct JSONBytesTests {
  private static func expectSame(_ value: some Encodable, _ location: SourceLocation = #_sourceLocation)
    throws
  {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let theirs = String(decoding: try encoder.encode(value), as: UTF8.self)
    let ours = String(decoding: try JSONBytes.encode(value), as: UTF8.self)
    #expect(ours == theirs, sourceLocation: location)
  }

  @Test func `text with every control character, quotes, slashes and all scripts comes out alike`() throws {
    var text = ""
    for scalar in 0..<0x120 { text.unicodeScalars.append(Unicode.Scalar(UInt32(scalar)) ?? " ") }
    try Self.expectSame([
      text, "", "\"\\/", "电池 🐎 \u{2028}\u{2029}", "e\u{301}", String(repeating: "长", count: 300),
    ])
    try Self.expectSame([text: 1, "a/b\"c": 2])
  }

  @Test func `numbers come out alike`() throws {
    try Self.expectSame([
      0.0, -0.0, 1, -1, 0.1, 1e-7, 123_456_789.125, 1e16, 1e21, 1e300, .leastNonzeroMagnitude, .pi,
    ])
    try Self.expectSame([Float(0.1), 3, 1e10])
    try Self.expectSame([Int64.min, -1, 0, Int64.max])
    try Self.expectSame([UInt64.max])
    try Self.expectSame([true, false])
  }

  @Test func `a number that JSON has no word for is refused`() {
    #expect(throws: EncodingError.self) { try JSONBytes.encode([Double.infinity]) }
    #expect(throws: EncodingError.self) { try JSONBytes.encode(["a": Double.nan]) }
  }

  @Test func `keys are sorted as Foundation sorts them, in each of many objects`() throws {
    let names = ["b", "a", "B", "a_b", "aB", "a1", "a10", "a2", "ä", "电", "", "_", "ab", "a b"]
    try Self.expectSame(Dictionary(uniqueKeysWithValues: names.map { ($0, names.count) }))
    try Self.expectSame([["b": 1, "a": 2], ["b": 3, "a": 4], ["c": 5], [:], ["a": 6, "b": 7]])
  }

  @Test func `values within values come out alike`() throws {
    try Self.expectSame(
      JSONValue.object([
        "list": .array([.null, .bool(true), .object([:]), .array([]), .array([.integer(1), .number(0.5)])]),
        "deep": .object(["z": .object(["b": .string("x"), "a": .null])]), "none": .null,
      ]))
    try Self.expectSame("alone")
    try Self.expectSame([Optional(1), nil, 3])
  }

  @Test func `a list put together of its elements is the list`() throws {
    #expect(String(decoding: TaskReplies.list([]), as: UTF8.self) == "{\"tasks\":[]}")
    let listed = TaskReplies.list([Array("{\"a\":1}".utf8), Array("{}".utf8)])
    #expect(String(decoding: listed, as: UTF8.self) == "{\"tasks\":[{\"a\":1},{}]}")
  }

  private struct Odd: Encodable {
    struct Part: Encodable {
      let z: Int
      let a: Int?
    }
    enum Keys: String, CodingKey { case second, first, inner, list, late }

    func encode(to encoder: any Encoder) throws {
      try Part(z: 1, a: 2).encode(to: encoder)
      var members = encoder.container(keyedBy: Keys.self)
      try members.encode(1, forKey: .second)
      var inner = members.nestedContainer(keyedBy: Keys.self, forKey: .inner)
      var list = members.nestedUnkeyedContainer(forKey: .list)
      try members.encode("f", forKey: .first)
      try list.encode(1)
      try inner.encode(2, forKey: .late)
      try list.encode(Part(z: 3, a: nil))
      var nested = list.nestedContainer(keyedBy: Keys.self)
      try nested.encodeNil(forKey: .second)
      try inner.encode(3, forKey: .first)
      try 7.encode(to: members.superEncoder(forKey: .late))
      try members.encodeIfPresent(Int?.none, forKey: .late)
    }
  }

  @Test func `what is written in turns into several objects comes out alike`() throws {
    try Self.expectSame(Odd())
    try Self.expectSame([Odd(), Odd()])
  }
}
