import Concurrency
import Contract
import Domain
import HTTPFetching
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// B5: OpenAI's API relayed to a server that is not ours.
@Suite struct GatewayTests {
  /// A server with the preset `up` at an upstream that follows a script.
  static func run(
    settings: [String: String] = [:], _ script: @escaping Upstream.Script,
    _ body: @escaping @Sendable (TestServer, Upstream, User) async throws -> Void
  ) async throws {
    try await Upstream.run(script) { upstream in
      let (folder, path) = try presetFile([
        [
          "id": "up", "name": "Up", "url": .string(upstream.base), "model": "engine-name",
          "key": "sk-hidden-key",
        ]
      ])
      defer { TestServer.removeFolder(folder) }
      try await TestServer.run(
        ["LUTHIER_PRESETS": path].merging(settings) { $1 }, relaysForReal: true
      ) { server in
        try await body(server, upstream, try await server.register("ada"))
      }
    }
  }

  /// Sends without looking at the document: what is relayed is another server's.
  static func post(_ server: TestServer, _ route: String, _ body: String, token: String) async throws
    -> Answer
  {
    var request = FetchRequest(.post, server.base + route)
    request.fields["Authorization"] = "Bearer \(token)"
    request.fields["Content-Type"] = "application/json"
    request.body = .bytes(Array(body.utf8))
    request.totalTimeout = .seconds(60)
    let result = try await server.client.send(request, upTo: 64 << 20)
    return Answer(status: result.status.code, fields: result.fields, bytes: result.bytes)
  }

  static let question = "{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
  static let streamed =
    "{\"model\":\"up\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"

  static func chunk(_ text: String, finish: String = "null") -> String {
    "data: {\"model\":\"engine-name\",\"choices\":[{\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":\(finish)}]}\n\n"
  }

  @Test func `every field reaches the backend and every field of its answer the caller`() async throws {
    let answer = """
      {"id":"x","model":"engine-name","choices":[{"index":0,"message":{"role":"assistant","content":null,
      "tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
      "logprobs":{"content":[{"token":"a","logprob":-0.10}]},"finish_reason":"tool_calls"}],
      "usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11},"vendor":[1.50]}
      """
    try await Self.run({ _, _ in Upstream.json(answer) }) { server, upstream, user in
      let body = """
        {"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
        "tool_choice":"auto", "stop":["a"],"seed":7,"logprobs":true,"top_logprobs":2,"n":1,"user":"u",
        "response_format":{"type":"json_object"},"logit_bias":{"5":1},"presence_penalty":0,"vendor_x":{"y":[]},
        "model":"up","messages":[{"role":"system","content":"a"},{"role":"system","content":"b"},
        {"role":"developer","content":[{"type":"text","text":"c"}]},
        {"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c","content":"8"}]}
        """
      for (route, path) in [
        ("/v1/chat/completions", "/v1/chat/completions"), ("/v1/completions", "/v1/completions"),
      ] {
        let got = try await Self.post(server, route, body, token: user.token)
        #expect(got.status == 200)
        #expect(got.text == answer.replacing("\"engine-name\"", with: "\"up\""))
        let seen = try #require(upstream.requests.last)
        #expect(seen.path == path && seen.authorization == "Bearer sk-hidden-key")
        #expect(
          String(decoding: seen.body, as: UTF8.self)
            == body.replacing("\"model\":\"up\"", with: "\"model\":\"engine-name\""))
      }
      let used = try await server.send(.get, "/api/usage", as: user)
      let entry = used.json["usage"]?[0]
      #expect(entry?["requests"] == 2 && entry?["prompt_tokens"] == 10 && entry?["completion_tokens"] == 12)
      #expect(entry?["estimated_requests"] == 0 && entry?["failures"] == 0)
    }
  }

  @Test func `embeddings are relayed`() async throws {
    let answer =
      "{\"object\":\"list\",\"data\":[{\"embedding\":[0.10,-2]}],\"model\":\"engine-name\",\"usage\":{\"prompt_tokens\":4,\"total_tokens\":4}}"
    try await Self.run({ _, _ in Upstream.json(answer) }) { server, upstream, user in
      let got = try await Self.post(
        server, "/v1/embeddings", "{\"model\":\"up\",\"input\":[\"a\"],\"dimensions\":2}", token: user.token)
      #expect(got.text == answer.replacing("engine-name", with: "up"))
      #expect(upstream.requests.last?.path == "/v1/embeddings")
      #expect(upstream.requests.last?.json["dimensions"] == 2)
    }
  }

  @Test func `a stream is relayed as it comes, without the usage that nobody asked for`() async throws {
    let usage =
      "data: {\"model\":\"engine-name\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":8}}\n\n"
    let pieces = [Self.chunk("你好"), ": ping\n\n", Self.chunk("!", finish: "\"stop\""), usage]
    try await Self.run({ _, _ in Upstream.events(pieces + ["data: [DONE]\n\n"]) }) { server, upstream, user in
      let silent = try await Self.post(server, "/v1/chat/completions", Self.streamed, token: user.token)
      let expected = (pieces.dropLast() + ["data: [DONE]\n\n"]).joined()
      #expect(silent.text == expected.replacing("engine-name", with: "up"))
      #expect(silent.fields["Content-Type"]?.hasPrefix("text/event-stream") == true)
      #expect(upstream.requests.last?.json["stream_options"]?["include_usage"] == true)
      let asked = Self.streamed.replacing(
        "\"stream\":true", with: "\"stream\":true,\"stream_options\":{\"include_usage\":true}")
      let told = try await Self.post(server, "/v1/chat/completions", asked, token: user.token)
      #expect(told.text.contains("\"prompt_tokens\":9"))
      let used = try await server.send(.get, "/api/usage", as: user).json["usage"]?[0]
      #expect(used?["prompt_tokens"] == 18 && used?["completion_tokens"] == 16)
    }
  }

  @Test func `a backend that does not know stream_options is asked without them, and estimated`() async throws
  {
    try await Self.run({ _, seen in
      seen.json["stream_options"] == nil
        ? Upstream.events([Self.chunk("four words are here", finish: "\"stop\"")])
        : Upstream.json("{\"detail\":\"extra field stream_options\"}", .unprocessableContent)
    }) { server, upstream, user in
      let got = try await Self.post(server, "/v1/chat/completions", Self.streamed, token: user.token)
      #expect(got.text.hasSuffix("data: [DONE]\n\n"))
      #expect(upstream.requests.count == 2)
      let used = try await server.send(.get, "/api/usage", as: user).json["usage"]?[0]
      #expect(used?["estimated_requests"] == 1 && used?["completion_tokens"] == 5)
    }
  }

  @Test(arguments: [
    (400, 400, "bad_thing"), (422, 400, "bad_thing"), (409, 400, "bad_thing"), (413, 413, "bad_thing"),
    (429, 429, "bad_thing"), (500, 502, "bad_thing"), (503, 503, "bad_thing"), (401, 502, "upstream_failed"),
    (403, 502, "upstream_failed"), (404, 404, "not_supported"), (302, 502, "upstream_failed"),
  ])
  func `a refusal is told in OpenAI's shape, without keys and addresses`(
    theirs: Int, ours: Int, code: String
  ) async throws {
    try await Self.run({ request, _ in
      Upstream.json(
        "{\"error\":{\"message\":\"No: sk-hidden-key at \(request.fields["Host"] ?? "")\",\"type\":\"t\",\"param\":\"seed\",\"code\":\"bad_thing\"}}",
        HTTPStatus(theirs), fields: ["Retry-After": "7", "Location": "http://169.254.169.254/"])
    }) { server, upstream, user in
      for body in [Self.question, Self.streamed] {
        let got = try await Self.post(server, "/v1/chat/completions", body, token: user.token)
        #expect(got.status == ours, "\(got.text)")
        server.checkOpenAIError(got, "refusal")
        #expect(got.json["error"]?["code"]?.string == code)
        #expect(!got.text.contains("hidden") && !got.text.contains(String(upstream.port)))
        #expect((got.fields["Retry-After"] == "7") == (theirs == 429 || code == "bad_thing"))
      }
      #expect(!server.log.text.contains("hidden-key"))
      let used = try await server.send(.get, "/api/usage", as: user).json["usage"]?[0]
      #expect(used?["failures"] == 2 && used?["requests"] == 2 && used?["prompt_tokens"] == 0)
    }
  }

  @Test func `garbage, too little and too much are upstream failures`() async throws {
    let scripts: [(String, Response)] = [
      ("html", Response.text("<html>")), ("a list", Upstream.json("[]")), ("cut", Upstream.json("{\"a\":")),
      ("nothing", Upstream.events([])),
    ]
    for (what, response) in scripts {
      try await Self.run({ _, _ in response }) { server, _, user in
        for body in [Self.question, Self.streamed] where what != "nothing" || body == Self.streamed {
          let got = try await Self.post(server, "/v1/chat/completions", body, token: user.token)
          #expect(got.status == 502, "\(what): \(got.text)")
          server.checkOpenAIError(got, what)
        }
      }
    }
  }

  @Test func `a stream that breaks off ends with an error`() async throws {
    struct Cut: Error {}
    let scripts: [Upstream.Script] = [
      { _, _ in
        Response(
          fields: ["Content-Type": "text/event-stream"],
          body: .stream { writer in
            try await writer.write(Array(Self.chunk("half").utf8))
            throw Cut()
          })
      },
      { _, _ in Upstream.events([Self.chunk("half")]) },
      { _, _ in Upstream.events([Self.chunk("half"), "data: {\"error\":{\"message\":\"no room\"}}\n\n"]) },
    ]
    for script in scripts {
      try await Self.run(script) { server, _, user in
        let got = try await Self.post(server, "/v1/chat/completions", Self.streamed, token: user.token)
        #expect(got.status == 200 && got.text.hasPrefix("data: {\"model\":\"up\""))
        let last = got.text.split(separator: "\n\n").last ?? ""
        let error = try JSONValue(parsing: String(last.dropFirst("data: ".count)))
        #expect(error["error"]?["message"]?.string?.isEmpty == false, "\(got.text)")
        #expect(!got.text.contains("[DONE]"))
      }
    }
  }

  @Test func `a backend that never answers is given up`() async throws {
    let gate = Gate()
    try await Self.run(
      settings: ["LUTHIER_UPSTREAM_TIMEOUT": "1"],
      { _, _ in
        try await gate.wait()
        return Upstream.json("{}")
      }
    ) { server, _, user in
      let got = try await Self.post(server, "/v1/chat/completions", Self.question, token: user.token)
      #expect(got.status == 504, "\(got.text)")
      server.checkOpenAIError(got, "never")
      gate.open()
    }
  }

  @Test func `an address that is refused before it is looked at is refused in OpenAI's shape`() async throws {
    try await TestServer.run { server in
      for path in ["/v1/models/a%09b", "/v1/models/%E4", "/v1/models/..%5Cx", "/v1/../v1/models"] {
        let got = try await server.raw("GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(got.status == 400, "\(path)")
        #expect(got.text.contains("\"error\":{") && got.text.contains("\"message\":\""), "\(got.text)")
        #expect(!got.text.contains(path))
      }
      let elsewhere = try await server.raw(
        "GET /api/tasks/%09 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(elsewhere.status == 400 && elsewhere.text.contains("\"code\":\"malformed_request\""))
    }
  }

  @Test func `ten megabytes go both ways`() async throws {
    let text = String(repeating: "x", count: 10 << 20)
    try await Self.run({ _, seen in
      Upstream.json("{\"model\":\"engine-name\",\"text\":\"\(text)\",\"got\":\(seen.body.count)}")
    }) { server, _, user in
      let body = Self.question.replacing("Hi", with: text)
      let got = try await Self.post(server, "/v1/chat/completions", body, token: user.token)
      #expect(got.status == 200 && got.bytes.count > 10 << 20)
      #expect(got.json["got"]?.integer == Int64(body.utf8.count + "engine-name".count - "up".count))
      let more = try await Self.post(
        server, "/v1/chat/completions", body + String(repeating: " ", count: 7 << 20), token: user.token)
      #expect(more.status == 413)
      server.checkOpenAIError(more, "more")
    }
  }

  @Test func `a caller that goes away closes the backend's stream`() async throws {
    let gone = Gate()
    try await Self.run({ _, _ in
      Response(
        fields: ["Content-Type": "text/event-stream"],
        body: .stream { writer in
          defer { gone.open() }
          while true { try await writer.write(Array(Self.chunk("x").utf8)) }
        })
    }) { server, _, user in
      var request = FetchRequest(.post, server.base + "/v1/chat/completions")
      request.fields["Authorization"] = "Bearer \(user.token)"
      request.fields["Content-Type"] = "application/json"
      request.body = .bytes(Array(Self.streamed.utf8))
      let sent = request
      try await server.client.withResponse(sent) { response in
        _ = try await response.body.next()
      }
      try await gone.wait()
    }
  }
}
