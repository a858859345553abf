import HTTPWire
import Testing

struct WireTests {
  @Test func `fields are found without regard to case and keep their order`() {
    var fields: HTTPFields = ["Content-Type": "a", "X-One": "1", "x-one": "2"]
    #expect(fields["content-type"] == "a")
    #expect(fields.all("X-ONE") == ["1", "2"])
    fields["X-One"] = "3"
    #expect(fields.all("x-one") == ["3"])
    #expect(fields.map(\.name) == ["Content-Type", "X-One"])
    fields["X-One"] = nil
    #expect(!fields.contains("X-One"))
  }

  @Test func `no line break can be smuggled into a field value`() {
    var fields = HTTPFields()
    fields.add("X-A", "a\r\nSet-Cookie: evil\u{0}\u{7F}")
    var output: [UInt8] = []
    fields.write(to: &output)
    #expect(String(decoding: output, as: UTF8.self) == "X-A: a  Set-Cookie: evil  \r\n")
    for broken in ["X A", "X\r\nY", ""] { #expect(HTTPFieldName(broken) == nil) }
  }

  @Test func `a token in a list field is found whatever its case and spacing`() {
    let fields: HTTPFields = ["Connection": "keep-alive ,  Upgrade"]
    #expect(fields.contains("Connection", token: "upgrade"))
    #expect(!fields.contains("Connection", token: "close"))
    #expect(!fields.contains("Connection", token: "up"))
  }

  @Test func `a target is split raw and decoded`() throws {
    let target = try RequestTarget(parsing: "/api/%E4%BD%A0/a%20b/?q=1+2&empty&q=%26")
    #expect(target.path == "/api/%E4%BD%A0/a%20b/")
    #expect(target.segments.map(\.raw) == ["api", "%E4%BD%A0", "a%20b", ""])
    #expect(target.segments.map(\.decoded) == ["api", "你", "a b", ""])
    #expect(target.query["q"] == "1 2")
    #expect(target.query.all("q") == ["1 2", "&"])
    #expect(target.query["empty"] == "")
    #expect(target.query["none"] == nil)
    #expect(try RequestTarget(parsing: "http://h:80/a?b=c").path == "/a")
    #expect(try RequestTarget(parsing: "http://h?b=c").path == "/")
  }

  @Test(arguments: [
    "/", "//", "/a", "/a/", "/a//b", "/api/tasks/0-9._~Z", "/.", "/..", "/a/./b", "/a/..", "/...", "/.a",
    "/a.", "/ä",
    "/a b", "/a%20b", "/a+b", "/a;b", "/a:b", "/a\\b", "/a/%2e", "/a?b=c", "/a?", "/*",
  ])
  func `a path means the same with and without the server's name before it`(path: String) {
    let short = try? RequestTarget(parsing: path)
    let long = try? RequestTarget(parsing: "http://h" + path)
    #expect(short?.segments == long?.segments)
    #expect(short?.path == long?.path)
    #expect(short?.query.encoded == long?.query.encoded)
  }

  @Test(arguments: [
    "", "a", "/..", "/a/.", "/%2e%2e/", "/%2f", "/%5c", "/a\\b", "/%0a", "/%", "/%f0%28", "/#", "ftp://h/",
    "http:///x", "http://u@h/",
  ])
  func `a target two programs could read differently is refused`(raw: String) {
    #expect(throws: TargetError.self) { try RequestTarget(parsing: raw) }
  }

  @Test(
    arguments: [
      (nil, ByteRange.whole), ("bytes=0-", .part(0..<10)), ("bytes=0-0", .part(0..<1)),
      ("bytes=2-5", .part(2..<6)),
      ("bytes=9-100", .part(9..<10)), ("bytes=-3", .part(7..<10)), ("bytes=-100", .part(0..<10)),
      ("bytes=10-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=10-12", .unsatisfiable),
      ("bytes=5-2", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole), ("items=0-1", .whole),
      ("bytes=0-1,3-4", .whole), ("bytes=99999999999999999999-", .whole), ("bytes= 0-1", .whole),
      ("bytes=+1-2", .whole),
    ] as [(String?, ByteRange)])
  func `a range is resolved against the size`(header: String?, expected: ByteRange) {
    #expect(ByteRange.resolve(header, size: 10) == expected)
  }

  @Test func `an empty body satisfies no range`() {
    #expect(ByteRange.resolve("bytes=0-", size: 0) == .unsatisfiable)
    #expect(ByteRange.resolve("bytes=-5", size: 0) == .unsatisfiable)
    #expect(ByteRange.contentRange(nil, size: 0) == "bytes */0")
    #expect(ByteRange.contentRange(2..<6, size: 10) == "bytes 2-5/10")
  }

  @Test(arguments: [
    ("a.json", "attachment; filename=\"a.json\""),
    ("数据.json", "attachment; filename=\"__.json\"; filename*=UTF-8''%E6%95%B0%E6%8D%AE.json"),
    ("a\"; x=\"\r\nb", "attachment; filename=\"a_; x=___b\"; filename*=UTF-8''a%22%3B%20x%3D%22%0D%0Ab"),
    ("../etc/passwd", "attachment; filename=\".._etc_passwd\"; filename*=UTF-8''..%2Fetc%2Fpasswd"),
  ])
  func `any file name makes a disposition that cannot be broken out of`(name: String, value: String) {
    #expect(ContentDisposition.attachment(filename: name) == value)
  }

  @Test func `media types are read with their parameters`() throws {
    let type = try #require(MediaType(parsing: "Text/Plain ; Charset=\"utf-8\"; x=1"))
    #expect(type.matches("text/plain"))
    #expect(type["charset"] == "utf-8")
    #expect(type["X"] == "1")
    for broken in ["", "text", "text/", "/plain", "text/plain; a", "text/plain; a=\"b", "text/plain x"] {
      #expect(MediaType(parsing: broken) == nil, "\(broken)")
    }
  }

  @Test(
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
      (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ] as [(Int64, String)])
  func `dates are written as HTTP wants them`(seconds: Int64, text: String) {
    #expect(HTTPDate.format(unixSeconds: seconds) == text)
  }
}

struct ServerSentEventTests {
  @Test func `an event with line breaks comes back as it was, cut at any byte`() throws {
    let event = ServerSentEvent(event: "log", data: "one\ntwo\n\nthree 你", id: "42", retry: 1000)
    let bytes = ServerSentEvent.comment("hello") + event.encoded() + ServerSentEvent(data: "").encoded()
    for cut in 0...bytes.count {
      var decoder = ServerSentEventDecoder()
      let events = try decoder.feed(Array(bytes[..<cut])) + decoder.feed(Array(bytes[cut...]))
      #expect(events == [event, ServerSentEvent(data: "")])
      #expect(decoder.lastEventID == "42")
    }
  }

  @Test(arguments: ["\n", "\r\n"])
  func `a broken stream is passed on by whole events, wherever it was cut`(line: String) {
    let first = "id: 1\(line)data: {\"chunk\": \"a\"}\(line)\(line)"
    let second = ": beat\(line)data: b\(line)\(line)"
    let bytes = Array((first + second + "data: half\(line)").utf8)
    for cut in 0...bytes.count {
      var events = WholeEvents()
      let passed = events.take(Array(bytes[..<cut])) + events.take(Array(bytes[cut...]))
      #expect(passed == Array((first + second).utf8))
      #expect(events.rest == Array("data: half\(line)".utf8))
    }
    var events = WholeEvents()
    // Byte by byte nothing comes twice, and nothing before it is whole.
    let passed = bytes.map { events.take([$0]) }
    #expect(Array(passed.joined()) == Array((first + second).utf8))
    #expect(Array(passed.prefix(first.utf8.count - 1).joined()).isEmpty)
    // What keeps an idle connection alive waits for no event.
    let beat = events.take(Array("\(line): beat\(line)data".utf8))
    #expect(beat == Array("data: half\(line)\(line): beat\(line)".utf8))
    #expect(events.rest == Array("data".utf8))
  }

  @Test func `neither name nor id can begin a field of its own`() throws {
    let event = ServerSentEvent(event: "a\ndata: evil", data: "x\rdata: y", id: "1\r\n\r\ndata: evil")
    var decoder = ServerSentEventDecoder()
    #expect(
      try decoder.feed(event.encoded())
        == [ServerSentEvent(event: "a data: evil", data: "x\ndata: y", id: "1    data: evil")])
  }

  @Test func `streams of other servers are read by the rules`() throws {
    var decoder = ServerSentEventDecoder()
    let text =
      "\u{FEFF}data:a\rdata: b\r\n\r\n: comment\nevent: only\n\nid: 7\n\ndata\n\nretry: x\ndata: c\n\n"
    let events = try decoder.feed(Array(text.utf8))
    #expect(events == [ServerSentEvent(data: "a\nb"), ServerSentEvent(data: ""), ServerSentEvent(data: "c")])
    #expect(decoder.lastEventID == "7")
  }

  @Test func `an event without end is refused before it fills the memory`() throws {
    var decoder = ServerSentEventDecoder(limit: 100)
    #expect(throws: ServerSentEventTooLarge.self) {
      _ = try decoder.feed(Array(("data: " + String(repeating: "a", count: 101)).utf8))
    }
  }
}
