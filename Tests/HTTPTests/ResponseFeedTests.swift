import Concurrency
import EventLoop
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Answers that are fed by calls.
struct ResponseFeedTests {
  /// Notes what the server tells, and lets a test wait for it.
  private final class Owner: ResponseFeedOwner {
    let room = Gate()
    let left = Gate()
    let timesLeft = Atomic<Int>(0)

    func clientHasRoom() { room.open() }

    func clientLeft() {
      timesLeft.add(1, ordering: .relaxed)
      left.open()
    }
  }

  private func fed(_ begin: @escaping @Sendable (ResponseFeed) -> Void) -> Response {
    var response = Response(body: .feed(begin))
    response.endsWhenDraining = true
    return response
  }

  @Test func `what is fed together goes out after the head, and the connection serves another request`()
    async throws
  {
    let text = try await LiveServer.run(handler: { request in
      guard request.target.path == "/fed" else { return .text("after") }
      return fed { feed in
        #expect(feed.write(Array("one ".utf8)))
        #expect(feed.write([]))
        #expect(feed.write(Array("two".utf8)))
        feed.flush()
        feed.end()
        // Too late: nothing of it may get into the next answer.
        _ = feed.write(Array("three".utf8))
        feed.abort()
      }
    }) { live in
      try await live.exchange(
        "GET /fed HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    }
    #expect(text.contains("Transfer-Encoding: chunked"))
    #expect(text.contains("4\r\none \r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200"))
    #expect(text.hasSuffix("after"))
    #expect(!text.contains("three"))
  }

  @Test
  func `a body that a task begins goes on as a feed when the task has gone`()
    async throws
  {
    let owner = Owner()
    let held = Mutex<ResponseFeed?>(nil)
    let handedOver = Gate()
    try await LiveServer.run(handler: { request in
      guard request.target.path == "/both" else { return .text("after") }
      return Response(
        body: .stream { writer in
          try await writer.write(Array("task ".utf8))
          try await writer.continueAsFeed { feed in
            feed.setOwner(owner)
            held.withLock { $0 = feed }
          }
          handedOver.open()
        })
    }) { live in
      let client = try live.connect()
      try await client.send("GET /both HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = try await client.read(until: "5\r\ntask \r\n")
      try await handedOver.wait()
      while live.server.handlerCount > 0 { await Task.yield() }
      let feed = try #require(held.withLock { $0 })
      feed.run {
        #expect(feed.write(Array("feed".utf8)))
        feed.end()
      }
      let fed = try await client.read(until: "0\r\n\r\n")
      #expect(fed.contains("4\r\nfeed\r\n"))
      try await client.send("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      let next = try await client.readAll()
      #expect(next.hasSuffix("after"))
    }
    let timesLeft = owner.timesLeft.load(ordering: .relaxed)
    #expect(timesLeft == 0)
  }

  @Test func `nothing is handed over for a client that has left`() async throws {
    let (begun, left) = (Gate(), Gate())
    let refused = Gate()
    let wasFed = Atomic<Bool>(false)
    try await LiveServer.run(
      onExchange: { _ in left.open() },
      handler: { _ in
        Response(
          body: .stream { writer in
            try await writer.write(Array("begun".utf8))
            begun.open()
            // Also where the task is cancelled: what counts is what the connection says.
            await withCheckedContinuation { continuation in left.onOpen { continuation.resume() } }
            do {
              try await writer.continueAsFeed { _ in wasFed.store(true, ordering: .relaxed) }
            } catch {
              refused.open()
              throw error
            }
          })
      }
    ) { live in
      let client = try live.connect()
      try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = try await client.read(until: "begun")
      try await begun.wait()
      await live.server.shutdown(grace: .milliseconds(1))
      try await refused.wait()
    }
    let fed = wasFed.load(ordering: .relaxed)
    #expect(!fed)
  }

  @Test func `what an answer holds is let go of when it has ended, and not before`() async throws {
    final class Thing: Sendable {
      let gone: Gate
      init(_ gone: Gate) { self.gone = gone }
      deinit { gone.open() }
    }
    let (gone, mayEnd) = (Gate(), Gate())
    try await LiveServer.run(handler: { _ in
      var response = Response(
        body: .stream { writer in
          try await writer.write(Array("begun".utf8))
          try await mayEnd.wait()
        })
      response.held = Thing(gone)
      return response
    }) { live in
      let client = try live.connect()
      try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = try await client.read(until: "begun")
      #expect(!gone.isOpen)
      mayEnd.open()
      _ = try await client.read(until: "0\r\n\r\n")
      try await gone.wait()
    }
  }

  @Test func `HEAD sends the head and asks for no body`() async throws {
    let asked = Atomic<Bool>(false)
    let text = try await LiveServer.run(handler: { _ in
      fed { _ in asked.store(true, ordering: .relaxed) }
    }) { live in
      try await live.exchange("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    }
    #expect(text.hasPrefix("HTTP/1.1 200") && text.hasSuffix("\r\n\r\n"))
    let wasAsked = asked.load(ordering: .relaxed)
    #expect(!wasAsked)
  }

  @Test(arguments: [true, false])
  func `a client that does not read is waited for, and gets all in the end`(onLoop: Bool) async throws {
    let owner = Owner()
    let written = Atomic<Int>(0)
    let piece = [UInt8](repeating: 1, count: 64 * 1024)
    let full = Gate()
    try await LiveServer.run(handler: { _ in
      fed { feed in
        feed.setOwner(owner)
        let write: @Sendable () -> Void = {
          var pieces = 0
          var mayGoOn = true
          // Far more than any socket takes; from elsewhere each write says to wait.
          while pieces < 1024, mayGoOn || (!onLoop && pieces < 100) {
            mayGoOn = feed.write(piece)
            feed.flush()
            pieces += 1
          }
          written.store(pieces, ordering: .relaxed)
          full.open()
        }
        // Unstructured: stands for another thread that feeds.
        if onLoop { write() } else { Task { write() } }
      }
    }) { live in
      let client = try live.connect()
      try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      try await full.wait()
      let pieces = written.load(ordering: .relaxed)
      #expect(pieces < 1024)
      // Each in a chunk of its own, "10000" and two line breaks; and the head.
      let framed = pieces * (piece.count + 9)
      var bytes = 0
      while bytes < framed + 50, let chunk = try await client.reader.next() { bytes += chunk.count }
      #expect((50..<1000).contains(bytes - framed))
      try await owner.room.wait()
      let timesLeft = owner.timesLeft.load(ordering: .relaxed)
      #expect(timesLeft == 0)
      client.leave()
      try await owner.left.wait()
    }
    let timesLeft = owner.timesLeft.load(ordering: .relaxed)
    #expect(timesLeft == 1)
  }

  @Test func `a client that leaves is told of once, and what is written then goes nowhere`() async throws {
    let owner = Owner()
    let held = Mutex<ResponseFeed?>(nil)
    let seen = Gate()
    let summary = Mutex<ExchangeSummary?>(nil)
    try await LiveServer.run(
      onExchange: { told in summary.withLock { $0 = told } },
      handler: { _ in
        fed { feed in
          feed.setOwner(owner)
          _ = feed.write(Array("begun".utf8))
          feed.flush()
          held.withLock { $0 = feed }
          seen.open()
        }
      }
    ) { live in
      let client = try live.connect()
      try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      let begun = try await client.read(until: "begun")
      #expect(begun.contains("5\r\nbegun\r\n"))
      client.leave()
      try await owner.left.wait()
      let feed = try #require(held.withLock { $0 })
      _ = feed.write(Array("more".utf8))
      feed.flush()
      feed.abort()
      feed.end()
    }
    let timesLeft = owner.timesLeft.load(ordering: .relaxed)
    #expect(timesLeft == 1)
    let told = try #require(summary.withLock { $0 })
    #expect(!told.isComplete && told.sentBytes == 5)
  }

  @Test func `an owner that comes after its client learns it at once`() async throws {
    let owner = Owner()
    let held = Mutex<ResponseFeed?>(nil)
    let closed = Gate()
    try await LiveServer.run(
      onExchange: { _ in closed.open() },
      handler: { _ in fed { feed in held.withLock { $0 = feed } } }
    ) { live in
      let client = try live.connect()
      try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = try await client.read(until: "\r\n\r\n")
      client.leave()
      // Nobody hears of the end: the connection notices with the next thing that is sent, or when the server ends.
      try #require(held.withLock { $0 }).abort()
      try await closed.wait()
      try #require(held.withLock { $0 }).setOwner(owner)
      try await owner.left.wait()
    }
    let timesLeft = owner.timesLeft.load(ordering: .relaxed)
    #expect(timesLeft == 1)
  }

  @Test func `a body that breaks off cuts the connection, one that the drain ends is whole`() async throws {
    let cut = try await LiveServer.run(handler: { _ in
      fed { feed in
        _ = feed.write(Array("part".utf8))
        feed.flush()
        feed.abort()
      }
    }) { live in try await live.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
    #expect(cut.hasSuffix("4\r\npart\r\n"))

    /// Ends the body as soon as it is told that nobody listens any more.
    final class Ending: ResponseFeedOwner {
      let feed: ResponseFeed
      init(_ feed: ResponseFeed) { self.feed = feed }
      func clientHasRoom() {}
      func clientLeft() { feed.abort() }
    }
    let drained = Mutex("")
    try await LiveServer.run(handler: { _ in
      fed { feed in
        feed.setOwner(Ending(feed))
        _ = feed.write(Array("part".utf8))
        feed.flush()
      }
    }) { live in
      let client = try live.connect()
      try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      _ = try await client.read(until: "part")
      async let rest = client.readAll()
      await live.server.shutdown(grace: .seconds(60))
      let text = try await rest
      drained.withLock { $0 = text }
    }
    #expect(drained.withLock { $0.hasSuffix("0\r\n\r\n") })
  }
}
