import Concurrency
import EventLoop
import HTTPFetching
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// The client against our own server.
struct HTTPClientTests {
  private func withClient<Value>(
    _ way: FetchWay, handler: @escaping Handler, _ body: (HTTPClient, String) async throws -> Value
  ) async throws -> Value {
    try await LiveServer.run(handler: handler) { live in
      let client = try HTTPClient()
      defer { client.close() }
      return try await body(client, "http://\(way.rawValue):\(live.port)")
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `method, fields, query and body arrive as they were sent`(way: FetchWay) async throws {
    try await withClient(
      way,
      handler: { request in
        let body = try await request.body.collect()
        return Response(
          status: .created, fields: ["X-Echo": request.fields["X-Sent"] ?? "", "Content-Type": "text/x"],
          body: .bytes(Array("\(request.method) \(request.target.query["q"] ?? "") ".utf8) + body))
      }
    ) { client, base in
      let result = try await client.send(
        FetchRequest(.put, base + "/a?q=1%202", fields: ["X-Sent": "你好"], body: .bytes(Array("abc".utf8))))
      #expect(result.status == .created)
      #expect(result.fields["x-echo"] == "你好")
      #expect(result.bytes == Array("PUT 1 2 abc".utf8))
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `a post without a body says so and claims no form`(way: FetchWay) async throws {
    try await withClient(
      way,
      handler: { request in
        .text("\(request.fields["Content-Length"] ?? "-") \(request.fields["Content-Type"] ?? "-")")
      }
    ) { client, base in
      let result = try await client.send(FetchRequest(.post, base))
      #expect(String(decoding: result.bytes, as: UTF8.self) == "0 -")
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an error status is an answer, not an error`(way: FetchWay) async throws {
    try await withClient(way, handler: { _ in throw HTTPError(.conflict, .init(rawValue: "x"), "taken") }) {
      client, base in
      let result = try await client.send(FetchRequest(.get, base))
      #expect(result.status == .conflict)
      #expect(result.bytes == Array("taken\n".utf8))
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `a streamed answer arrives piece by piece, its head before its body`(way: FetchWay) async throws {
    let release = Gate()
    try await withClient(
      way,
      handler: { _ in
        Response(
          body: .stream { writer in
            try await release.wait()
            for piece in ["one", "two"] { try await writer.write(Array(piece.utf8)) }
          })
      }
    ) { client, base in
      try await client.withResponse(FetchRequest(.get, base)) { response in
        #expect(response.status == .ok)
        release.open()
        let body = try await response.collect(upTo: 100)
        #expect(body == Array("onetwo".utf8))
      }
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an answer nobody reads stops the server from sending`(way: FetchWay) async throws {
    let sent = Atomic<Int>(0)
    let finished = Gate()
    try await withClient(
      way,
      handler: { _ in
        Response(
          body: .stream { writer in
            defer { finished.open() }
            let chunk = [UInt8](repeating: 1, count: 64 * 1024)
            for _ in 0..<1024 {
              try await writer.write(chunk)
              sent.add(1, ordering: .relaxed)
            }
          })
      }
    ) { client, base in
      try await client.withResponse(FetchRequest(.get, base)) { response in
        _ = try await response.body.next()
      }
      // Leaving the closure aborted it: the handler ended without having sent its 64 MiB.
      try await finished.wait()
      #expect(sent.load(ordering: .relaxed) < 1024)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `a large answer read slowly arrives whole`(way: FetchWay) async throws {
    let total = 8 * 1024 * 1024
    try await withClient(
      way,
      handler: { _ in
        Response(
          body: .stream { writer in
            for _ in 0..<(total / 65536) { try await writer.write([UInt8](repeating: 5, count: 65536)) }
          })
      }
    ) { client, base in
      var count = 0
      try await client.withResponse(FetchRequest(.get, base)) { response in
        for try await chunk in response.body {
          count += chunk.count
          await Task.yield()
        }
      }
      #expect(count == total)
    }
  }

  @Test(arguments: [true, false])
  func `a streamed upload is pulled as fast as the server reads`(hasLength: Bool) async throws {
    let chunk = [UInt8](repeating: 9, count: 64 * 1024)
    let count = 128
    let pulled = Atomic<Int>(0)
    try await withClient(
      .curl,
      handler: { request in
        request.body.limit = 1 << 30
        var received = 0
        guard let first = try await request.body.next() else { return .text("nothing") }
        received += first.count
        // Nobody reads now: the source is not run dry into memory.
        try await request.sleep(for: .milliseconds(50))
        let before = pulled.load(ordering: .relaxed)
        while let more = try await request.body.next() { received += more.count }
        return .text("\(received) \(before < count) \(request.fields["Transfer-Encoding"] ?? "-")")
      }
    ) { client, base in
      let source: @Sendable () async throws -> [UInt8]? = {
        let number = pulled.add(1, ordering: .relaxed).newValue
        return number <= count ? chunk : nil
      }
      let length = hasLength ? Int64(chunk.count * count) : nil
      let result = try await client.send(
        FetchRequest(.post, base, body: .stream(length: length, source)))
      let text = String(decoding: result.bytes, as: UTF8.self)
      #expect(text == "\(chunk.count * count) true \(hasLength ? "-" : "chunked")")
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an upload whose source fails is reported with its cause`(way: FetchWay) async throws {
    struct DiskGone: Error {}
    try await withClient(way, handler: { request in .text("\(try await request.body.collect().count)") }) {
      client, base in
      let error = await #expect(throws: FetchError.self) {
        try await client.send(FetchRequest(.post, base, body: .stream(length: 100) { throw DiskGone() }))
      }
      #expect(error?.code == .uploadFailed)
      #expect(error?.underlying is DiskGone)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an upload refused early still yields the server's answer`(way: FetchWay) async throws {
    try await withClient(
      way,
      handler: { request in
        request.body.limit = 1000
        return .text("\(try await request.body.collect().count)")
      }
    ) { client, base in
      let result = try await client.send(
        FetchRequest(.post, base, body: .stream(length: 1 << 30) { [UInt8](repeating: 0, count: 65536) }))
      #expect(result.status == .contentTooLarge)
    }
  }

  @Test func `a server that is not there is a refused connection`() async throws {
    let port = try await LiveServer.run(handler: { _ in .empty() }) { live in live.port }
    let client = try HTTPClient()
    defer { client.close() }
    let error = await #expect(throws: FetchError.self) {
      try await client.send(FetchRequest(.get, "http://127.0.0.1:\(port)/secret?token=abc"))
    }
    #expect(error?.code == .connectionRefused)
    #expect(error?.description == "the server refused the connection")
    #expect(error?.debugDescription.contains("abc") == false)
  }

  @Test(arguments: [
    ("ftp://127.0.0.1/", FetchError.Code.unsupportedScheme), ("file:///etc/hostname", .unsupportedScheme),
    ("http://127.0.0.1/a b", .invalidURL), ("http://127.0.0.1/\r\nX: 1", .invalidURL),
    ("http://", .invalidURL), ("http://name.invalid/", .dns),
  ])
  func `an address that cannot be fetched says why`(url: String, code: FetchError.Code) async throws {
    let client = try HTTPClient()
    defer { client.close() }
    let error = await #expect(throws: FetchError.self) { try await client.send(FetchRequest(.get, url)) }
    #expect(error?.code == code)
  }

  @Test(arguments: FetchWay.allCases)
  func `a silent server times out`(way: FetchWay) async throws {
    let release = Gate()
    try await withClient(
      way,
      handler: { _ in
        try await release.wait()
        return .empty()
      }
    ) { client, base in
      var request = FetchRequest(.get, base)
      request.totalTimeout = .milliseconds(100)
      let error = await #expect(throws: FetchError.self) { try await client.send(request) }
      #expect(error?.code == .timedOut)
      release.open()
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `cancelling aborts the transfer and the server sees it`(way: FetchWay) async throws {
    let entered = Gate()
    let cancelled = Gate()
    try await withClient(
      way,
      handler: { request in
        entered.open()
        do { try await request.sleep(for: .seconds(3600)) } catch { cancelled.open() }
        return .empty()
      }
    ) { client, base in
      let task = Task { try await client.send(FetchRequest(.get, base)) }
      try await entered.wait()
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
      try await cancelled.wait()
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an answer cut short is an error, not a short body`(way: FetchWay) async throws {
    try await withClient(
      way,
      handler: { _ in
        Response(
          body: .stream { writer in
            try await writer.write(Array("half".utf8))
            throw ResponseAborted()
          })
      }
    ) { client, base in
      let error = await #expect(throws: FetchError.self) { try await client.send(FetchRequest(.get, base)) }
      #expect(error?.code == .connectionLost)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an answer larger than asked for is refused`(way: FetchWay) async throws {
    try await withClient(way, handler: { _ in .text(String(repeating: "a", count: 5000)) }) { client, base in
      let error = await #expect(throws: FetchError.self) {
        try await client.send(FetchRequest(.get, base), upTo: 4999)
      }
      #expect(error?.code == .tooLarge)
      let whole = try await client.send(FetchRequest(.get, base), upTo: 5000)
      #expect(whole.bytes.count == 5000)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `redirects are followed only when asked, and only so often`(way: FetchWay) async throws {
    try await withClient(
      way,
      handler: { request in
        if request.target.path == "/end" { return .text("end") }
        let next = request.target.path == "/1" ? "/end" : "/1"
        return Response(status: .found, fields: ["Location": next])
      }
    ) { client, base in
      var request = FetchRequest(.get, base + "/0")
      let unfollowed = try await client.send(request)
      #expect(unfollowed.status == .found)
      request.maximumRedirects = 2
      let result = try await client.send(request)
      #expect(result.status == .ok)
      #expect(result.bytes == Array("end".utf8))
      request.maximumRedirects = 1
      let error = await #expect(throws: FetchError.self) { try await client.send(request) }
      #expect(error?.code == .tooManyRedirects)
    }
  }

  @Test func `a relay on the server's own loops streams without leaving them`() async throws {
    try await LiveServer.run(handler: { _ in
      Response(
        body: .stream { writer in
          for piece in ["a", "b", "c"] { try await writer.write(Array(piece.utf8)) }
        })
    }) { upstream in
      let loops = try EventLoopGroup(count: 1)
      let client = try HTTPClient(loops: loops)
      let address = "http://127.0.0.1:\(upstream.port)/"
      var configuration = ServerConfiguration()
      configuration.port = 0
      let relay = HTTPServer(
        configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1)
      ) { request in
        let response = try await client.open(FetchRequest(.get, address))
        return Response(
          status: response.status,
          body: .stream { writer in
            defer { response.close() }
            for try await chunk in response.body {
              #expect(request.loop.isCurrent)
              try await writer.write(chunk)
            }
          })
      }
      let port = try relay.start()
      let outside = try HTTPClient()
      let result = try await outside.send(FetchRequest(.get, "http://127.0.0.1:\(port)/"))
      #expect(result.bytes == Array("abc".utf8))
      outside.close()
      await relay.shutdown(grace: .seconds(1))
      client.close()
      loops.stop()
    }
  }
}
