import Concurrency
import EventLoop
import Glibc
import HTTPServing
import HTTPWire
import Testing

/// Streams, time limits, files, starting and stopping.
struct ServerLifecycleTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let lastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

  @Test func `events reach the client one by one and end when the sequence does`() async throws {
    let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
    try await LiveServer.run(handler: { request in .events(events) }) { live in
      let client = try live.connect()
      try await client.send(Self.get)
      let head = try await client.read(until: "\r\n\r\n")
      #expect(head.contains("Content-Type: text/event-stream"))
      for number in 1...3 {
        source.yield(ServerSentEvent(data: "n\(number)"))
        #expect(try await client.read(until: "\n\n").contains("data: n\(number)\n\n"))
      }
      source.finish()
      #expect(try await client.read(until: "0\r\n\r\n").hasSuffix("0\r\n\r\n"))
    }
  }

  @Test func `an idle event stream is kept alive by comments`() async throws {
    let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
    try await LiveServer.run(handler: { request in
      .events(events, heartbeat: .milliseconds(10))
    }) { live in
      let client = try live.connect()
      try await client.send(Self.get)
      #expect(try await client.read(until: ": \n").contains(": \n"))
      client.leave()
    }
    source.finish()
  }

  @Test func `draining ends event streams, finishes what is under way and refuses the rest`() async throws {
    let (events, source) = AsyncStream.makeStream(of: ServerSentEvent.self)
    let slowEntered = Gate()
    let slowRelease = Gate()
    try await LiveServer.run(handler: { request in
      if request.target.path == "/events" { return .events(events) }
      slowEntered.open()
      try await slowRelease.wait()
      return .text("slow but whole \(request.isDraining)")
    }) { live in
      let stream = try live.connect()
      try await stream.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await stream.read(until: "\r\n\r\n")
      let slow = try live.connect()
      try await slow.send(Self.get)
      try await slowEntered.wait()
      let idle = try live.connect()
      live.server.drain()
      #expect(try await stream.readAll().hasSuffix("0\r\n\r\n"))
      #expect(try await idle.readAll() == "")
      slowRelease.open()
      let answer = try await slow.readAll()
      #expect(answer.contains("slow but whole true") && answer.contains("Connection: close"))
      await live.server.shutdown(grace: .seconds(60))
      #expect(live.server.connectionCount == 0)
      #expect(throws: RawClient.Unconnected.self) { try live.connect() }
    }
    source.finish()
  }

  @Test func `after the grace a handler is cancelled and its connection closed`() async throws {
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
      await live.server.shutdown(grace: .milliseconds(20))
      #expect(cancelled.isOpen)
      #expect(live.server.connectionCount == 0)
      #expect(try await client.readAll() == "")
    }
  }

  @Test func `a head that never ends is answered 408, an idle connection is closed in silence`() async throws
  {
    try await LiveServer.run(
      configure: {
        $0.headTimeout = .milliseconds(50)
        $0.idleTimeout = .milliseconds(50)
      }, handler: { _ in .text("x") }
    ) { live in
      let late = try await live.exchange("GET / HTTP/1.1\r\nHost:")
      #expect(late.hasPrefix("HTTP/1.1 408 "))
      let silent = try await live.exchange("")
      #expect(silent == "")
    }
  }

  @Test func `a body that stops arriving is answered 408 and its reader told`() async throws {
    let told = HandlerLog()
    let answer = try await LiveServer.run(
      configure: { $0.bodyStallTimeout = .milliseconds(50) },
      handler: { request in
        do { _ = try await request.body.collect() } catch let error as HTTPError {
          await told.note(error.code.rawValue)
        }
        return .empty()
      }
    ) { live in try await live.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab") }
    #expect(answer.hasPrefix("HTTP/1.1 408 "))
    #expect(await told.entries == ["timed_out"])
  }

  @Test func `a client that reads nothing is cut off and its writer told`() async throws {
    let told = Gate()
    try await LiveServer.run(
      configure: { $0.writeStallTimeout = .milliseconds(100) },
      handler: { _ in
        Response(
          body: .stream { writer in
            do {
              while true { try await writer.write([UInt8](repeating: 1, count: 65536)) }
            } catch {
              told.open()
              throw error
            }
          })
      }
    ) { live in
      let client = try live.connect()
      try await client.send(Self.get)
      try await told.wait()
      client.leave()
    }
  }

  @Test func `more clients than allowed are answered 503`() async throws {
    try await LiveServer.run(configure: { $0.maximumConnections = 1 }, handler: { _ in .text("x") }) { live in
      let first = try live.connect()
      try await first.send(Self.get)
      _ = try await first.read(until: "x")
      #expect(try await live.connect().readAll().hasPrefix("HTTP/1.1 503 "))
      first.leave()
    }
  }

  @Test func `a port that is taken is a clear error`() async throws {
    try await LiveServer.run(handler: { _ in .empty() }) { live in
      var configuration = ServerConfiguration()
      configuration.port = live.port
      let second = HTTPServer(
        configuration: configuration, loops: live.loops, blocking: try BlockingPool(threads: 1)
      ) { _ in .empty() }
      let error = #expect(throws: ServerError.self) { try second.start() }
      #expect(error?.code == .addressInUse)
      #expect(error?.description == "port \(live.port) on 127.0.0.1 is in use by another program")
      configuration.host = "no such host"
      let third = HTTPServer(
        configuration: configuration, loops: live.loops, blocking: try BlockingPool(threads: 1)
      ) { _ in .empty() }
      #expect(throws: ServerError.self) { try third.start() }
    }
  }

  @Test func `the server listens on IPv6 where it is asked to`() async throws {
    let loops = try EventLoopGroup(count: 1)
    defer { loops.stop() }
    var configuration = ServerConfiguration()
    configuration.host = "::1"
    configuration.port = 0
    let server = HTTPServer(
      configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1)
    ) { .text($0.remoteAddress) }
    do throws(ServerError) {
      let port = try server.start()
      #expect(port > 0)
    } catch {
      // A machine without IPv6 says so, and does not crash.
      #expect(error.code == .addressUnavailable || error.code == .system)
    }
    await server.shutdown(grace: .zero)
  }

  @Test func `a client that takes nothing of a file is cut off`() async throws {
    let path = "/tmp/luthier-stall-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let size = 64 << 20
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    try #require(file >= 0)
    ftruncate(file, size)
    close(file)
    defer { unlink(path) }
    let ended = Gate()
    try await LiveServer.run(
      configure: { $0.writeStallTimeout = .milliseconds(300) },
      onExchange: { _ in ended.open() },
      handler: { .file(try await FileBody.open(path: path, on: $0.blocking), for: $0) }
    ) { live in
      let stalled = try live.connect()
      try await stalled.send(Self.get)
      try await ended.wait()
      #expect(try await stalled.readAll().utf8.count < size)
    }
  }

  @Test func `files are sent whole and in parts`() async throws {
    let path = "/tmp/luthier-file-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let size = 700_000
    let bytes = (0..<size).map { UInt8(65 + $0 % 26) }
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    try #require(file >= 0)
    #expect(write(file, bytes, size) == size)
    close(file)
    defer { unlink(path) }
    try await LiveServer.run(handler: { request in
      let name = request.target.path == "/" ? path : path + "-missing"
      let body = try await FileBody.open(path: name, on: request.blocking)
      return .file(body, for: request, entityTag: "\"v1\"")
    }) { live in
      func exchange(_ lines: String, _ start: String = "GET /") async throws -> String {
        try await live.exchange("\(start) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(lines)\r\n")
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let whole = try await exchange("")
      #expect(whole.hasPrefix("HTTP/1.1 200 ") && whole.hasSuffix("\r\n\r\n" + text))
      #expect(whole.contains("Content-Length: \(size)\r\n"))
      let part = try await exchange("Range: bytes=26-28\r\n")
      #expect(part.hasPrefix("HTTP/1.1 206 ") && part.hasSuffix("\r\n\r\nABC"))
      #expect(part.contains("Content-Range: bytes 26-28/\(size)\r\n"))
      let beyond = try await exchange("Range: bytes=\(size)-\r\n")
      #expect(beyond.hasPrefix("HTTP/1.1 416 ") && beyond.contains("Content-Range: bytes */\(size)\r\n"))
      let changed = try await exchange("Range: bytes=0-0\r\nIf-Range: \"v0\"\r\n")
      #expect(changed.hasPrefix("HTTP/1.1 200 "))
      #expect(try await exchange("If-None-Match: \"v1\"\r\n").hasPrefix("HTTP/1.1 304 "))
      let head = try await exchange("", "HEAD /")
      #expect(head.contains("Content-Length: \(size)\r\n") && head.hasSuffix("\r\n\r\n"))
      #expect(try await exchange("", "GET /missing").hasPrefix("HTTP/1.1 404 "))
    }
  }
}
