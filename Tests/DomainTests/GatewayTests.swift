import Domain
import Testing

/// B5: what is relayed, byte for byte, and who is asked when a backend fails.
@Suite struct GatewayTests {
  private static func body(_ text: String, _ route: RelayRoute = .chat) throws -> RelayBody {
    try RelayBody(Array(text.utf8), for: route)
  }

  private static func sent(_ text: String, _ changes: RelayBody.Changes, _ route: RelayRoute = .chat) throws
    -> String
  {
    String(decoding: try body(text, route).bytes(with: changes), as: UTF8.self)
  }

  @Test func `of a request only the model is written anew`() throws {
    let text = """
      { "tools": [ {"type":"function", "function": {"name":"f\\u00e9","parameters":{}}} ],"model" : "mine" ,
        "messages":[{"role":"developer","content":[{"type":"text","text":"a \\"model\\": 1"}]}],
       "seed":7,"temperature":0.10, "logit_bias":{"5":-100}, "vendor":{"model":"kept"},"n":1e0}
      """
    let sent = try Self.sent(text, .init(model: "its \"own\"\n"))
    #expect(sent == text.replacing("\"model\" : \"mine\"", with: "\"model\" : \"its \\\"own\\\"\\u000a\""))
    #expect(sent.contains("\"vendor\":{\"model\":\"kept\"}"))
  }

  @Test(arguments: [
    ("", "{\"stream_options\":{\"include_usage\":true},\"model\":\"x\",\"messages\":[],\"stream\":true}"),
    (",\"stream_options\":null", "\"stream_options\":{\"include_usage\":true}}"),
    (",\"stream_options\":{}", "\"stream_options\":{\"include_usage\":true}}"),
    (",\"stream_options\":{\"a\":1}", "\"stream_options\":{\"include_usage\":true,\"a\":1}}"),
    (",\"stream_options\":{\"include_usage\": false }", "\"stream_options\":{\"include_usage\": true }}"),
    (",\"stream_options\":{\"include_usage\":true}", "\"stream_options\":{\"include_usage\":true}}"),
    (",\"stream_options\":7", "\"stream_options\":7}"),
  ])
  func `a stream is asked for its usage, and nothing else is changed`(options: String, end: String) throws {
    let text = "{\"model\":\"m\",\"messages\":[],\"stream\":true\(options)}"
    let sent = try Self.sent(text, .init(model: "x", asksForUsage: true))
    #expect(sent.hasSuffix(end), "\(sent)")
    #expect(try Self.body(text).streams)
    #expect(try Self.body(text).wantsUsage == options.contains("\":true}"))
    let whole = "{\"model\":\"m\",\"messages\":[]}"
    let unchanged = try Self.sent(whole, .init(model: "m", asksForUsage: true))
    #expect(unchanged == whole)
  }

  @Test func `fields that an engine stumbles over become null at the top only`() throws {
    let text = "{\"model\":\"m\",\"presence_penalty\":0,\"messages\":[{\"presence_penalty\":1}]}"
    let sent = try Self.sent(text, .init(model: "m", emptied: ["presence_penalty"]))
    #expect(
      sent == "{\"model\":\"m\",\"presence_penalty\":null,\"messages\":[{\"presence_penalty\":1}]}")
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{}", "{\"model\":\"m\"}", "{\"model\":7,\"messages\":[]}",
    "{\"model\":\"\",\"messages\":[]}", "{\"model\":\"m\",\"messages\":{}}",
    "{\"model\":\"m\",\"messages\":[]}x", "{\"model\":\"m\",\"messages\":[],}",
    "{\"model\":\"m\",\"messages\":[],\"stream\":\"yes\"}", "{\"model\":\"m\",\"messages\":[01]}",
    "{\"model\":\"m\",\"messages\":[],\"mod\\u0065l\":\"n\"}",
  ])
  func `what is no request is refused`(text: String) {
    let error = #expect(throws: DomainError.self) { try Self.body(text) }
    #expect(error?.code == .invalidInput)
  }

  @Test func `the tokens of a request are those of its texts`() throws {
    let words = try Self.body("{\"model\":\"m\",\"messages\":[{\"content\":\"你好你好你好你好你好\"}]}")
    #expect((10...12).contains(words.promptTokens))
    let picture = String(repeating: "A", count: 10_000)
    let image = try Self.body(
      "{\"model\":\"m\",\"messages\":[{\"url\":\"data:image/png;base64,\(picture)\"}]}")
    #expect(image.promptTokens < 10)
    #expect(try Self.body("{\"model\":\"m\",\"input\":[1,2,3]}", .embeddings).promptTokens == 3)
  }

  // MARK: Streams

  private static let stream = """
    : keep-alive\r
    \r
    data: {"id":"1","model":"secret-engine","choices":[{"delta":{"role":"assistant","content":"你"}}]}\r
    \r
    data: {"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\\"model\\":\\"kept\\"}"}}]}}]}

    event: extra
    data: not json

    data:{"model" : "secret-engine","choices":[{"delta":{},"finish_reason":"stop"}]}

    data: {"model":"secret-engine","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":22}}

    data: [DONE]


    """

  @Test func `a stream goes on byte for byte, wherever it is cut`() throws {
    let bytes = Array(Self.stream.utf8)
    let expected =
      Self.stream.replacing("\"secret-engine\"", with: "\"mine\"").replacing(
        "data: {\"model\":\"mine\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":22}}\n\n",
        with: "")
    for cut in 0...bytes.count {
      var events = RelayEvents(name: "mine", hidesUsage: true)
      var passed = try events.feed(Array(bytes[..<cut]))
      passed += try events.feed(Array(bytes[cut...]))
      passed += events.finish()
      #expect(String(decoding: passed, as: UTF8.self) == expected, "cut at \(cut)")
      #expect(events.usage == TokenUsage(prompt: 11, completion: 22))
      #expect(events.isDone && events.isWhole)
    }
    var events = RelayEvents(name: "mine", hidesUsage: false)
    let passed = try bytes.reduce(into: [UInt8]()) { $0 += try events.feed([$1]) }
    #expect(
      String(decoding: passed, as: UTF8.self)
        == Self.stream.replacing("\"secret-engine\"", with: "\"mine\""))
  }

  @Test func `an event goes on when it is whole, and not later`() throws {
    var events = RelayEvents(name: "m", hidesUsage: true)
    let event = Array("data: {\"choices\":[]}\n\n".utf8)
    #expect(try events.feed(Array(event.dropLast())).isEmpty)
    #expect(try events.feed([10]) == event)
  }

  @Test func `a failure in the stream is kept back, and a cut answer is not whole`() throws {
    var events = RelayEvents(name: "m", hidesUsage: true, secrets: ["sk-secret", "10.1.2.3:80"])
    let passed = try events.feed(
      Array(
        "data: {\"error\":{\"message\":\"sk-secret at 10.1.2.3:80 is gone\",\"code\":\"x\"}}\n\ndata: y\n\n"
          .utf8))
    #expect(passed.isEmpty)
    #expect(events.failure?.message == "… at … is gone")
    #expect(events.failure?.code == "x")
    var cut = RelayEvents(name: "m", hidesUsage: true)
    _ = try cut.feed(Array("data: {\"choices\":[{\"delta\":{\"content\":\"ab cd ef\"}}]}\n\n".utf8))
    #expect(!cut.isWhole && cut.completionTokens == 2)
    var endless = RelayEvents(name: "m", hidesUsage: true, limit: 100)
    #expect(throws: DomainError.self) { try endless.feed(Array(repeating: 97, count: 101)) }
  }

  @Test func `a whole answer keeps its bytes and gets the caller's name`() throws {
    let text = "{\"model\":\"engine\", \"choices\":[{\"message\":{\"content\":\"abcd\"}}],\"x\":1.50}"
    let reply = try #require(RelayReply(Array(text.utf8), named: "mine"))
    #expect(String(decoding: reply.bytes, as: UTF8.self) == text.replacing("\"engine\"", with: "\"mine\""))
    #expect(reply.usage == nil && reply.completionTokens == 1)
    for garbage in ["", "<html>", "[]", "{\"a\":", "{\"a\":1}}"] {
      #expect(RelayReply(Array(garbage.utf8), named: "m") == nil, "\(garbage)")
    }
  }

  @Test(arguments: [
    "{\"error\":{\"message\":\"no 10.0.0.7:8000 for sk-abc at http://in.side/v1\",\"type\":\"t\",\"param\":\"p\"}}",
    "{\"detail\":\"no 10.0.0.7:8000 for sk-abc at http://in.side/v1\"}",
    "{\"detail\":[{\"msg\":\"no 10.0.0.7:8000 for sk-abc at http://in.side/v1\"}]}",
    "{\"message\":\"no 10.0.0.7:8000 for sk-abc at http://in.side/v1\"}",
  ])
  func `a refusal is told without addresses and keys`(text: String) {
    let refusal = UpstreamRefusal(status: 400, body: Array(text.utf8), hiding: ["the-key"])
    #expect(refusal.message == "no … for … at …")
    let keyed = UpstreamRefusal(
      status: 400, body: Array("{\"error\":\"wrong the-key given\"}".utf8), hiding: ["the-key"])
    #expect(keyed.message == "wrong … given")
    #expect(UpstreamRefusal(status: 500, body: Array("<html>".utf8), hiding: []).message.contains("500"))
  }

  // MARK: Targets and limits

  private static let alias = ModelAlias(
    id: "fast", name: "Fast", targets: [.init(preset: "a", weight: 3), .init(preset: "b", weight: 1)],
    fallbacks: ["c", "a"])

  @Test func `targets are drawn by their weights, each once, and fallbacks come after`() {
    let rest = TargetRest()
    let now = Timestamp(milliseconds: 0)
    var first: [String: Int] = [:]
    for draw in 0..<4 {
      let order = rest.order(Self.alias, at: now) { $0.count == 4 ? draw : 0 }
      #expect(order.count == 3 && order.last == "c")
      first[order[0], default: 0] += 1
    }
    #expect(first == ["a": 3, "b": 1])
  }

  @Test func `a target that fails rests longer each time, and is asked last meanwhile`() {
    var rest = TargetRest()
    let now = Timestamp(milliseconds: 0)
    rest.failed("a", at: now)
    #expect(rest.order(Self.alias, at: now) { _ in 0 } == ["b", "c", "a"])
    #expect(!rest.isResting("a", at: now.adding(seconds: 1)))
    rest.failed("a", at: now)
    #expect(rest.isResting("a", at: now.adding(seconds: 1.9)))
    #expect(!rest.isResting("a", at: now.adding(seconds: 2)))
    for _ in 0..<20 { rest.failed("a", at: now) }
    #expect(rest.isResting("a", at: now.adding(seconds: 59)))
    #expect(!rest.isResting("a", at: now.adding(seconds: 60)))
    rest.answered("a")
    rest.failed("a", at: now, retryAfter: 20)
    #expect(rest.isResting("a", at: now.adding(seconds: 19)))
    // All rest: the one that is ready soonest is asked.
    rest.failed("b", at: now)
    rest.failed("c", at: now, retryAfter: 9)
    #expect(rest.order(Self.alias, at: now) { _ in 0 } == ["b", "c", "a"])
  }

  @Test func `a bucket lets a minute's requests pass and tells when the next may come`() {
    let now = Timestamp(milliseconds: 1_000_000)
    var bucket = TokenBucket(full: 2, at: now)
    #expect(bucket.take(perMinute: 2, at: now) == nil)
    #expect(bucket.take(perMinute: 2, at: now) == nil)
    #expect(bucket.take(perMinute: 2, at: now) == 30)
    #expect(bucket.take(perMinute: 2, at: now.adding(seconds: 10)) == 20)
    #expect(bucket.take(perMinute: 2, at: now.adding(seconds: 30)) == nil)
    #expect(bucket.take(perMinute: 2, at: now.adding(seconds: -1000)) != nil)
    #expect(bucket.isFull(perMinute: 2, at: now.adding(seconds: 3600)))
  }

  @Test func `a day ends at midnight`() {
    let time = Timestamp(milliseconds: 1_795_218_347_000)
    #expect(time.adding(seconds: Double(time.secondsLeftOfDay)).day != time.day)
    #expect(time.adding(seconds: Double(time.secondsLeftOfDay) - 1).day == time.day)
  }
}
