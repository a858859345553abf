import Concurrency
@testable import HTTPFetching
import HTTPWire
import Testing

/// Requests to an address, against servers that say exactly what they are told to.
struct DirectFetchTests {
  private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  private func withServer<Value>(
    _ scripts: [[ScriptedServer.Step]], _ body: (HTTPClient, ScriptedServer, String) async throws -> Value
  ) async throws -> Value {
    let server = try ScriptedServer(scripts)
    defer { server.stop() }
    let client = try HTTPClient()
    defer { client.close() }
    return try await body(client, server, "http://127.0.0.1:\(server.port)")
  }

  private func text(_ result: FetchResult) -> String { String(decoding: result.bytes, as: UTF8.self) }

  @Test func `interim answers are passed over, and a head may come in pieces`() async throws {
    try await withServer([
      [
        .head,
        .say(
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-A: early\r\n\r\nHTTP/1.1 200 OK\r\nX-A"),
        .say(": b\r\nContent-Le"), .say("ngth: 2\r\n\r"), .say("\nok"), .wait,
      ]
    ]) { client, _, base in
      let result = try await client.send(FetchRequest(.get, base))
      #expect(result.status == .ok && result.fields.all("X-A") == ["b"] && text(result) == "ok")
    }
  }

  @Test func `the request says where it goes, what it takes and how long it is`() async throws {
    try await withServer([[.head, .say(Self.ok), .wait]]) { client, server, base in
      let request = FetchRequest(
        .post, base + "/v1/a?b=c", fields: ["X-A": "1\r\nX-B: 2"], body: .bytes([65, 66]))
      _ = try await client.send(request)
      let expected =
        "POST /v1/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAccept: */*\r\nX-A: 1  X-B: 2\r\n"
        + "Content-Length: 2\r\n\r\nAB"
      #expect(server.heads == [expected])
    }
  }

  @Test(arguments: [
    "HTTP/1.0 200 OK\r\n\r\nall of it", "HTTP/1.1 200 OK\n\nall of it",
    "HTTP/1.1 200\r\nContent-Length: 9\r\n\r\nall of it",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 9\r\n\r\nall of it",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n4;x=y\r\nall \r\n5\r\nof it\r\n0\r\nA: b\r\n\r\n",
  ])
  func `an answer ends where it says, or with the connection`(answer: String) async throws {
    try await withServer([[.head, .say(answer), .close]]) { client, _, base in
      let result = try await client.send(FetchRequest(.get, base))
      #expect(text(result) == "all of it")
    }
  }

  @Test(arguments: [
    "nonsense\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n",
    "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokok\r\n",
    "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX-A: b\rX-C: d\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "a", count: 70_000) + "\r\n\r\n",
    "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 257) + "\r\n",
  ])
  func `an answer whose end or whose words are in doubt is refused`(answer: String) async throws {
    try await withServer([[.head, .say(answer), .wait]]) { client, _, base in
      let error = await #expect(throws: FetchError.self) { try await client.send(FetchRequest(.get, base)) }
      #expect(error?.code == .badResponse)
    }
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
  ])
  func `an answer that breaks off is lost, and not asked for again`(answer: String) async throws {
    try await withServer([[.head, .say(answer), .close]]) { client, server, base in
      let error = await #expect(throws: FetchError.self) { try await client.send(FetchRequest(.post, base)) }
      #expect(error?.code == .connectionLost)
      #expect(server.heads.count == 1)
    }
  }

  @Test func `a kept connection that closes as the next request goes out is made anew`() async throws {
    try await withServer([
      [.head, .say(Self.ok), .head, .close],
      [.head, .say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain"), .wait],
    ]) { client, server, base in
      let request = FetchRequest(.post, base + "/a", body: .bytes(Array("question".utf8)))
      let first = try await client.send(request)
      let second = try await client.send(request)
      #expect(text(first) == "ok" && text(second) == "again")
      #expect(server.connections == 2)
      #expect(Set(server.heads).count == 1 && server.heads.count == 3)
    }
  }

  @Test func `a kept connection is used again, and no longer once it was asked to close`() async throws {
    let last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    try await withServer([
      [.head, .say(Self.ok), .head, .say(Self.ok), .head, .say(last), .wait], [.head, .say(Self.ok), .wait],
    ]) { client, server, base in
      for connections in [1, 1, 1, 2] {
        let result = try await client.send(FetchRequest(.get, base))
        #expect(text(result) == "ok")
        #expect(server.connections == connections)
      }
    }
  }

  @Test(arguments: [ok + ok, ok + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother", ok + "x"])
  func `what a server says beyond its answer is never the next one's`(said: String) async throws {
    let mine = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine"
    try await withServer([[.head, .say(said), .wait], [.head, .say(mine), .wait]]) { client, server, base in
      let first = try await client.send(FetchRequest(.get, base))
      #expect(text(first) == "ok")
      let second = try await client.send(FetchRequest(.get, base))
      #expect(text(second) == "mine" && server.connections == 2)
    }
  }

  @Test func `what a kept connection says while nothing is asked of it ends it`() async throws {
    let mine = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine"
    try await withServer([
      // The client closes at what it did not ask for: only then the next connection is served.
      [.head, .say(Self.ok), .hold, .say(Self.ok), .wait], [.head, .say(mine), .wait],
    ]) { client, server, base in
      let first = try await client.send(FetchRequest(.get, base))
      #expect(text(first) == "ok")
      server.goOn.open()
      try await server.firstEnded.wait()
      let second = try await client.send(FetchRequest(.get, base))
      #expect(text(second) == "mine" && server.connections == 2)
    }
  }

  @Test func `an answer given before the request was read is the answer`() async throws {
    let refusal = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge"
    try await withServer([[.head, .say(refusal), .close]]) { client, _, base in
      let body = [UInt8](repeating: 1, count: 32 << 20)
      let result = try await client.send(FetchRequest(.post, base, body: .bytes(body)))
      #expect(result.status == .contentTooLarge && text(result) == "large")
    }
  }

  @Test func `the answer to a HEAD has no body, whatever its length`() async throws {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    try await withServer([[.head, .say(head), .head, .say(Self.ok), .wait]]) { client, server, base in
      let result = try await client.send(FetchRequest(.head, base))
      #expect(result.bytes.isEmpty && result.fields["Content-Length"] == "500")
      let next = try await client.send(FetchRequest(.get, base))
      #expect(text(next) == "ok" && server.connections == 1)
    }
  }

  @Test func `closing the client ends what is under way`() async throws {
    try await withServer([[.head, .say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun"), .wait]]) {
      client, _, base in
      let response = try await client.open(FetchRequest(.get, base))
      let first = try await response.body.next()
      #expect(first == Array("begun".utf8))
      client.close()
      let error = await #expect(throws: FetchError.self) { try await response.body.next() }
      #expect(error?.code == .aborted)
    }
  }

  @Test(arguments: [
    ("http://127.0.0.1:8000/v1/models?a=b", "127.0.0.1:8000", "/v1/models?a=b"),
    ("http://10.0.0.7", "10.0.0.7", "/"),
    ("http://[::1]:9?x", "[::1]:9", "/?x"), ("http://127.0.0.1:80/a", "127.0.0.1", "/a"),
  ])
  func `an address is called as it is written`(url: String, origin: String, path: String) {
    let target = DirectTarget(url: url)
    #expect(target?.origin == origin && target?.path == path)
  }

  @Test(arguments: [
    "https://127.0.0.1/", "http://localhost/", "http://127.1/", "http://0x7f.0.0.1/",
    "http://127.0.0.1.nip.io/",
    "http://me:you@127.0.0.1/", "http://127.0.0.1@10.0.0.1/", "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:+8/", "http://127.0.0.1:/", "http://[127.0.0.1]/", "http://[::1%lo]/", "http://[::1]x/",
    "http://127.0.0.1/a/../b", "http://127.0.0.1/#a", "http://127.0.0.1/a b", "http://127.0.0.1\\@10.0.0.1/",
    "http:///a",
    "HTTP://127.0.0.1/", "http://",
  ])
  func `a URL that could be read in two ways is left to curl`(url: String) {
    #expect(DirectTarget(url: url) == nil)
  }

  @Test func `a guarded request and one with redirects are left to curl`() {
    var request = FetchRequest(.get, "http://10.0.0.1/")
    #expect(DirectTarget(request) != nil)
    request.reach = .publicOnly
    #expect(DirectTarget(request) == nil)
    request.reach = .anywhere
    request.maximumRedirects = 1
    #expect(DirectTarget(request) == nil)
  }
}
