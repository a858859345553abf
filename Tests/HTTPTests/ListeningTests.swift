import Concurrency
import EventLoop
import Glibc
import HTTPServing
import HTTPWire
import Testing

/// Where a server listens, whom it lets in, and clients that close one direction.
struct ListeningTests {
  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let lastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

  @Test func `a client that sends nothing more still gets its answers, the pipelined ones too`() async throws
  {
    try await LiveServer.run(handler: { request in
      // Long enough for the end to be seen first.
      try await request.sleep(for: .milliseconds(50))
      return .text("<\(request.target.path)>")
    }) { live in
      let client = try live.connect()
      try await client.send(Self.get + Self.get.replacing("GET /", with: "GET /2"))
      client.finishSending()
      let answers = try await client.readAll()
      #expect(answers.components(of: "HTTP/1.1 200 OK\r\n") == 2)
      #expect(answers.contains("</>") && answers.hasSuffix("</2>"))
    }
  }

  @Test func `a long file goes out whole to a client that sends nothing more`() async throws {
    let path = "/tmp/luthier-half-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let size = 4 << 20
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    try #require(file >= 0)
    ftruncate(file, size)
    close(file)
    defer { unlink(path) }
    try await LiveServer.run(
      configure: { $0.halfCloseTime = .milliseconds(20) },
      handler: { .file(try await FileBody.open(path: path, on: $0.blocking), for: $0) }
    ) { live in
      let client = try live.connect()
      try await client.send(Self.get)
      client.finishSending()
      // The time is over long before the client reads on.
      _ = try await client.read(until: "\r\n\r\n")
      try await live.loops.loops[1].sleep(for: .milliseconds(200))
      #expect(try await client.readAll().utf8.count > size - 200_000)
    }
  }

  @Test func `a handler is not kept waiting for long by a client that may have left`() async throws {
    let cancelled = Gate()
    try await LiveServer.run(
      configure: { $0.halfCloseTime = .milliseconds(50) },
      handler: { request in
        do { try await request.sleep(for: .seconds(3600)) } catch { cancelled.open() }
        return .empty()
      }
    ) { live in
      let client = try live.connect()
      try await client.send(Self.get)
      client.finishSending()
      try await cancelled.wait()
    }
  }

  @Test func `more connections of one address than allowed are answered 429`() async throws {
    try await LiveServer.run(
      configure: {
        $0.maximumConnectionsPerAddress = 2
        $0.limitsLoopback = true
      }, handler: { .text("hello \($0.remoteAddress)") }
    ) { live in
      let clients = [try live.connect(), try live.connect()]
      for client in clients {
        try await client.send(Self.get)
        #expect(try await client.read(until: "hello").hasPrefix("HTTP/1.1 200 "))
      }
      let refused = try await live.connect().readAll()
      #expect(refused.hasPrefix("HTTP/1.1 429 ") && refused.contains("Retry-After: 1\r\n"))
      clients[0].leave()
      while live.server.connectionCount > 1 { try await live.loops.loops[1].sleep(for: .milliseconds(5)) }
      #expect(try await live.exchange(Self.lastGet).hasSuffix("hello 127.0.0.1"))
      clients[1].leave()
    }
  }

  @Test func `this machine's own clients are not counted by address`() async throws {
    try await LiveServer.run(
      configure: { $0.maximumConnectionsPerAddress = 1 }, handler: { _ in .text("x") }
    ) { live in
      let first = try live.connect()
      try await first.send(Self.get)
      _ = try await first.read(until: "x")
      #expect(try await live.exchange(Self.lastGet).hasPrefix("HTTP/1.1 200 "))
      first.leave()
    }
  }

  @Test func `a local socket serves, goes with its server, and takes the place of a dead one's`() async throws
  {
    let path = "/tmp/luthier-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
    let loops = try EventLoopGroup(count: 1)
    defer { loops.stop() }
    var configuration = ServerConfiguration()
    configuration.host = "unix:" + path
    func makeServer() throws -> HTTPServer {
      HTTPServer(configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1)) {
        .text("from \($0.remoteAddress)")
      }
    }
    let server = try makeServer()
    #expect(try server.start() == 0)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
    let client = try RawClient(path: path, loop: loops.loops[0])
    try await client.send(Self.lastGet)
    #expect(try await client.readAll().hasSuffix("from unix"))
    let second = try makeServer()
    let error = #expect(throws: ServerError.self) { try second.start() }
    #expect(error?.code == .addressInUse)
    await server.shutdown(grace: .zero)
    #expect(access(path, F_OK) != 0)

    // What kill -9 leaves behind.
    let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    close(dead)
    #expect(bound == 0 && access(path, F_OK) == 0)
    let third = try makeServer()
    #expect(try third.start() == 0)
    await third.shutdown(grace: .zero)
  }
}
