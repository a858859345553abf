import Concurrency
import EventLoop
import Glibc
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Requests, answers and connections, seen from a raw socket.
struct HTTPServerTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let lastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

  @Test func `a connection serves one request after the other`() async throws {
    let answer = try await LiveServer.run(handler: { .text($0.id) }) { live in
      let client = try live.connect()
      try await client.send(Self.get)
      let first = try await client.read(until: "-1-1")
      try await client.send(Self.lastGet)
      return first + (try await client.readAll())
    }
    #expect(answer.components(of: "HTTP/1.1 200 OK\r\n") == 2)
    #expect(answer.components(of: "-1-1") == 1)
    #expect(answer.components(of: "-1-2") == 1)
    #expect(answer.components(of: "Connection: close") == 1)
  }

  @Test func `pipelined requests are answered in order, each with its own body`() async throws {
    let answer = try await LiveServer.run(handler: { request in
      let body = try await request.body.collect()
      if request.target.path == "/1" { try await request.sleep(for: .milliseconds(20)) }
      return .text("<\(request.target.path) \(String(decoding: body, as: UTF8.self))>")
    }) { live in
      try await live.exchange(
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
          + "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyz\r\n0\r\n\r\n"
          + "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    }
    let first = try #require(answer.range(of: "</1 x>"))
    let second = try #require(answer.range(of: "</2 yz>"))
    let third = try #require(answer.range(of: "</3 >"))
    #expect(first < second && second < third)
  }

  @Test func `a request cut at any byte is the same request`() async throws {
    let request =
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    try await LiveServer.run(handler: { request in
      .text("got \(String(decoding: try await request.body.collect(), as: UTF8.self))")
    }) { live in
      for cut in 1..<request.utf8.count {
        let client = try live.connect()
        try await client.send(Array(request.utf8.prefix(cut)))
        await Task.yield()
        try await client.send(Array(request.utf8.dropFirst(cut)))
        let answer = try await client.readAll()
        #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("got abc"), "cut at \(cut)")
      }
    }
  }

  @Test func `a body that just fills the buffer ends`() async throws {
    let body = String(repeating: "a", count: 4096)
    let answer = try await LiveServer.run(
      configure: { $0.highMark = 4096 },
      handler: { request in .text("\(try await request.body.collect().count)") }
    ) { live in
      try await live.exchange(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\nConnection: close\r\n\r\n\(body)")
    }
    #expect(answer.hasSuffix("\r\n\r\n4096"))
  }

  @Test func `an upload nobody reads stops the client`() async throws {
    let release = Gate()
    try await LiveServer.run(handler: { request in
      request.body.limit = 1 << 30
      try await release.wait()
      var count = 0
      for try await chunk in request.body { count += chunk.count }
      return .text("\(count)")
    }) { live in
      let client = try live.connect()
      let total = 64 * 1024 * 1024
      let sent = Atomic<Int>(0)
      try await client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(total)\r\nConnection: close\r\n\r\n")
      let chunk = [UInt8](repeating: 1, count: 256 * 1024)
      let producer = Task {
        for _ in 0..<(total / chunk.count) {
          try await client.send(chunk)
          sent.add(1, ordering: .relaxed)
        }
      }
      // The kernel's buffers hold a few MiB, the server at most its high mark: never the 64. Waits until the
      // client is stuck; a client that is merely slow makes the check below easier, never wrong.
      var before = -1
      while sent.load(ordering: .relaxed) != before || before == 0 {
        before = sent.load(ordering: .relaxed)
        try await live.loops.loops[1].sleep(for: .milliseconds(100))
      }
      #expect(before * chunk.count < total / 2)
      release.open()
      try await producer.value
      #expect(try await client.readAll().hasSuffix("\r\n\r\n\(total)"))
    }
  }

  @Test func `a client that asks first sends its body only when it is wanted`() async throws {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n"
    let readBody = Gate()
    try await LiveServer.run(handler: { request in
      if request.target.query["refuse"] != nil { return .text("no", status: .forbidden) }
      try await readBody.wait()
      return .text("\(try await request.body.collect().count)")
    }) { live in
      let client = try live.connect()
      try await client.send(head + "Content-Length: 3\r\n\r\n")
      readBody.open()
      #expect(try await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
      try await client.send("abc")
      #expect(try await client.readAll().hasSuffix("\r\n\r\n3"))

      let tooLarge = try await live.exchange(head + "Content-Length: 9000000\r\n\r\n")
      #expect(tooLarge.hasPrefix("HTTP/1.1 413 "))
      #expect(!tooLarge.contains("100 Continue"))

      let refused = try await live.exchange(
        head.replacingPath("/?refuse") + "Content-Length: 3\r\n\r\n")
      #expect(refused.hasPrefix("HTTP/1.1 403 "))
      #expect(!refused.contains("100 Continue"))
    }
  }

  @Test func `an early answer reaches a client that is still sending`() async throws {
    try await LiveServer.run(handler: { _ in .text("enough", status: .contentTooLarge) }) { live in
      let client = try live.connect()
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n")
      let producer = Task {
        while !Task.isCancelled { try await client.send([UInt8](repeating: 0, count: 65536)) }
      }
      let answer = try await client.readAll()
      producer.cancel()
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(answer.contains("\r\nConnection: close\r\n"))
      #expect(answer.hasSuffix("enough"))
    }
  }

  @Test func `a small unread body does not cost the connection`() async throws {
    let answer = try await LiveServer.run(handler: { _ in .text("x", status: .unauthorized) }) { live in
      try await live.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabcde" + Self.lastGet)
    }
    #expect(answer.components(of: "HTTP/1.1 401 ") == 2)
  }

  @Test func `a client that leaves cancels the handler`() async throws {
    let entered = Gate()
    let cancelled = Gate()
    try await LiveServer.run(handler: { request in
      entered.open()
      do { try await request.sleep(for: .seconds(3600)) } catch { cancelled.open() }
      return .empty()
    }) { live in
      let client = try live.connect()
      try await client.send(Self.get)
      try await entered.wait()
      #expect(!cancelled.isOpen)
      client.leave()
      try await cancelled.wait()
    }
  }

  @Test func `a client that leaves in the middle of its body fails the reader`() async throws {
    let failed = HandlerLog()
    let over = Gate()
    try await LiveServer.run(handler: { request in
      defer { over.open() }
      do { _ = try await request.body.collect() } catch let error as HTTPError {
        await failed.note(error.code.rawValue)
      }
      return .empty()
    }) { live in
      let client = try live.connect()
      try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      client.leave()
      try await over.wait()
    }
    #expect(await failed.entries == ["body_incomplete"])
  }

  @Test func `HEAD and statuses without a body send none`() async throws {
    try await LiveServer.run(handler: { request in
      switch request.target.path {
      case "/204": Response(status: .noContent, body: .bytes(Array("no".utf8)))
      case "/304": Response(status: .notModified, body: .bytes(Array("no".utf8)))
      case "/stream": Response(body: .stream { _ in Issue.record("the stream ran") })
      default: .text("hello")
      }
    }) { live in
      func exchange(_ line: String) async throws -> String {
        try await live.exchange("\(line) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      }
      let head = try await exchange("HEAD /")
      #expect(head.contains("Content-Length: 5\r\n") && head.hasSuffix("\r\n\r\n"))
      let stream = try await exchange("HEAD /stream")
      #expect(stream.hasPrefix("HTTP/1.1 200 ") && stream.hasSuffix("\r\n\r\n"))
      for status in ["204", "304"] {
        let answer = try await exchange("GET /\(status)")
        #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.hasSuffix("\r\n\r\n"))
        #expect(!answer.contains("Content-Length"))
      }
    }
  }

  @Test func `a handler cannot write fields that break the framing`() async throws {
    let answer = try await LiveServer.run(handler: { _ in
      Response(
        fields: [
          "Content-Length": "999", "Transfer-Encoding": "chunked", "Connection": "keep-alive",
          "X-User": "a\r\nSet-Cookie: evil=1",
        ], body: .bytes([65]))
    }) { live in try await live.exchange(Self.lastGet) }
    #expect(answer.contains("\r\nContent-Length: 1\r\n"))
    #expect(answer.contains("\r\nX-User: a  Set-Cookie: evil=1\r\n"))
    #expect(!answer.contains("999") && !answer.contains("chunked") && !answer.contains("\r\nSet-Cookie"))
  }

  @Test func `an unknown error is 500 without its details`() async throws {
    struct Secret: Error { let password = "hunter2" }
    let answer = try await LiveServer.run(handler: { _ in throw Secret() }) { live in
      try await live.exchange(Self.lastGet)
    }
    #expect(answer.hasPrefix("HTTP/1.1 500 "))
    #expect(!answer.contains("hunter2") && !answer.contains("Secret"))
  }

  @Test func `each exchange is told once, with how it went`() async throws {
    let (stream, told) = AsyncStream.makeStream(of: ExchangeSummary.self)
    try await LiveServer.run(
      onExchange: { told.yield($0) },
      handler: { request in
        if request.target.path == "/cut" {
          return Response(
            body: .stream { writer in
              try await writer.write([1, 2, 3])
              throw ResponseAborted()
            })
        }
        return .text("hello", status: .created)
      }
    ) { live in
      _ = try await live.exchange(Self.lastGet.replacingPath("/ok"))
      _ = try await live.exchange(Self.lastGet.replacingPath("/cut"))
    }
    told.finish()
    var summaries: [ExchangeSummary] = []
    for await summary in stream { summaries.append(summary) }
    #expect(summaries.map(\.target) == ["/ok", "/cut"])
    #expect(summaries.map(\.status) == [.created, .ok])
    #expect(summaries.map(\.sentBytes) == [5, 3])
    #expect(summaries.map(\.isComplete) == [true, false])
    #expect(summaries.allSatisfy { $0.remoteAddress == "127.0.0.1" })
  }
}

extension String {
  fileprivate func replacingPath(_ path: String) -> String {
    var parts = split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    parts[1] = path
    return parts.joined(separator: " ")
  }

  /// Where `part` first occurs, by its offset in bytes.
  fileprivate func range(of part: String) -> Int? {
    let whole = Array(utf8)
    let wanted = Array(part.utf8)
    return whole.indices.first { whole[$0...].starts(with: wanted) }
  }
}
