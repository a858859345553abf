import HTTPWire
import Testing

struct MultipartParserTests {
  private static let contentType = "multipart/form-data; boundary=xYz"

  private static let form = """
    --xYz\r
    Content-Disposition: form-data; name="note"\r
    \r
    hello\r
    --xYz\r
    Content-Disposition: form-data; name="file"; filename="a \\"b\\".json"\r
    Content-Type: application/json\r
    \r
    {"x": 1}\r
    --xY not a boundary\r
    --xY\r
    --xYz--\r

    """

  private static let expected: [MultipartEvent] = [
    .partBegan(MultipartPart(name: "note", filename: nil, contentType: nil)), .data(Array("hello".utf8)),
    .partEnded,
    .partBegan(MultipartPart(name: "file", filename: "a \"b\".json", contentType: "application/json")),
    .data(Array("{\"x\": 1}\r\n--xY not a boundary\r\n--xY".utf8)), .partEnded,
  ]

  /// Joins neighbouring chunks: where they are cut says nothing.
  private func joined(_ events: [MultipartEvent]) -> [MultipartEvent] {
    events.reduce(into: []) { result, event in
      if case .data(let more) = event, case .data(let bytes)? = result.last {
        result[result.count - 1] = .data(bytes + more)
      } else {
        result.append(event)
      }
    }
  }

  private func parse(_ chunks: [[UInt8]], limits: MultipartLimits = MultipartLimits()) throws
    -> [MultipartEvent]
  {
    var parser = try MultipartParser(contentType: Self.contentType, limits: limits)
    var events: [MultipartEvent] = []
    for chunk in chunks { events += try parser.feed(chunk) }
    try parser.finish()
    return joined(events)
  }

  @Test func `a form split in two at any byte gives the same parts`() throws {
    let bytes = Array(Self.form.utf8)
    for cut in 0...bytes.count {
      let events = try parse([Array(bytes[..<cut]), Array(bytes[cut...])])
      #expect(events == Self.expected, "cut at \(cut)")
    }
  }

  @Test func `a form fed byte by byte gives the same parts`() throws {
    #expect(try parse(Self.form.utf8.map { [$0] }) == Self.expected)
  }

  @Test func `content full of half boundaries comes through whole`() throws {
    let content = String(repeating: "\r\n--xY\r\n--x\r\r\n-", count: 500)
    let form =
      "--xYz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n\(content)\r\n--xYz--"
    let bytes = Array(form.utf8)
    for size in [1, 7, 64, 4096] {
      let chunks = stride(from: 0, to: bytes.count, by: size).map {
        Array(bytes[$0..<min($0 + size, bytes.count)])
      }
      #expect(try parse(chunks).contains(.data(Array(content.utf8))), "chunks of \(size)")
    }
  }

  @Test func `a large file never waits in the parser`() throws {
    var parser = try MultipartParser(contentType: Self.contentType)
    let head = "--xYz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
    #expect(try parser.feed(Array(head.utf8)).count == 1)
    let chunk = [UInt8](repeating: 65, count: 100_000)
    for _ in 0..<20 { #expect(try parser.feed(chunk) == [.data(chunk)]) }
    #expect(throws: MultipartError.self) { try parser.finish() }
  }

  @Test func `an empty file and an empty form are parts and no parts`() throws {
    let empty = "--xYz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n--xYz--\r\n"
    #expect(
      try parse([Array(empty.utf8)])
        == [.partBegan(MultipartPart(name: "f", filename: "", contentType: nil)), .partEnded])
    #expect(try parse([Array("--xYz--".utf8)]) == [])
  }

  @Test(arguments: [
    ("filename=\"数据.json\"", "数据.json"), ("filename*=UTF-8''%E6%95%B0.json", "数.json"),
    ("filename=\"a.json\"; filename*=utf-8'zh'%E6%95%B0", "数"), ("filename=plain", "plain"),
    ("filename=\"C:\\dir\\a.json\"", "C:\\dir\\a.json"),
    ("filename=\"../../etc/passwd\"", "../../etc/passwd"),
  ])
  func `a file name is read in every form clients send it, and left as it is`(parameter: String, name: String)
    throws
  {
    let form = "--xYz\r\nContent-Disposition: form-data; name=\"f\"; \(parameter)\r\n\r\n\r\n--xYz--"
    #expect(
      try parse([Array(form.utf8)]).first
        == .partBegan(MultipartPart(name: "f", filename: name, contentType: nil)))
  }

  private static let disposition = "Content-Disposition: form-data; name=\"f\"\r\n"

  @Test(arguments: [
    ("preamble\r\n--xYz--", MultipartError.Code.malformed),
    ("--xYz\n\(disposition)\r\n\r\n--xYz--", .malformed),
    ("--xYz \r\n\(disposition)\r\n\r\n--xYz--", .malformed),
    ("--xYz\r\n\r\nno head\r\n--xYz--", .truncated),
    ("--xYz\r\nContent-Type: a/b\r\n\r\n\r\n--xYz--", .malformed),
    ("--xYz\r\nContent-Disposition: form-data\r\n\r\n\r\n--xYz--", .malformed),
    ("--xYz\r\nContent-Disposition: attachment; name=\"f\"\r\n\r\n\r\n--xYz--", .malformed),
    ("--xYz\r\n\(disposition)\(disposition)\r\n\r\n--xYz--", .malformed),
    ("--xYz\r\n\(disposition)Content-Transfer-Encoding: base64\r\n\r\n\r\n--xYz--", .malformed),
    ("--xYz\r\nContent-Disposition: form-data; name=\"a\nb\"\r\n\r\n\r\n--xYz--", .malformed),
    ("--xYz\r\n\(disposition)X: \(String(repeating: "a", count: 9000))\r\n\r\n\r\n--xYz--", .headTooLarge),
    ("--xYz\r\n\(disposition)\r\n\(String(repeating: "a", count: 70_000))\r\n--xYz--", .fieldTooLarge),
    (String(repeating: "--xYz\r\n\(disposition)\r\n\r\n", count: 65) + "--xYz--", .tooManyParts),
    ("--xYz\r\n\(disposition)\r\nno end", .truncated), ("", .truncated), ("--xYz", .truncated),
  ])
  func `a broken or oversized form is refused`(form: String, code: MultipartError.Code) throws {
    let error = #expect(throws: MultipartError.self) { try parse([Array(form.utf8)]) }
    #expect(error?.code == code)
    let bytewise = #expect(throws: MultipartError.self) { try parse(form.utf8.map { [$0] }) }
    #expect(bytewise?.code == code)
  }

  @Test(arguments: [
    "", "text/plain", "multipart/form-data", "multipart/mixed; boundary=x",
    "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=\(String(repeating: "b", count: 71))",
  ])
  func `a body of another type is no form`(contentType: String) {
    let error = #expect(throws: MultipartError.self) { try MultipartParser(contentType: contentType) }
    #expect(error?.code == .notMultipart)
  }
}
