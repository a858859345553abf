import Concurrency
import EventLoop
import HTTPFetching
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Answers that are poured into a receiver.
struct BodyReceiverTests {
  /// Keeps what it is given; asks for a pause where it is told to.
  private final class Receiver: BodyReceiver {
    let ended = Gate()
    let some = Gate()
    private let state = Mutex((bytes: [UInt8](), settled: 0, ends: 0, failure: nil as (any Error)?, calls: 0))
    private let takes: @Sendable (Int) -> Bool

    /// - Parameter takes: whether it may be given more, by how many bytes it has.
    init(takes: @escaping @Sendable (Int) -> Bool = { _ in true }) { self.takes = takes }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var ends: Int { state.withLock { $0.ends } }
    var settled: Int { state.withLock { $0.settled } }
    var failure: FetchError? { state.withLock { $0.failure as? FetchError } }

    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
      let count = state.withLock { state in
        state.bytes += bytes
        return state.bytes.count
      }
      return takes(count)
    }

    func settle() {
      state.withLock { $0.settled += 1 }
      some.open()
    }

    func end(_ failure: (any Error)?) {
      state.withLock { state in
        state.ends += 1
        state.failure = failure
      }
      ended.open()
    }
  }

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
  func `what was read, what waited and what comes are the whole, in order`(way: FetchWay) async throws {
    let goOn = Gate()
    try await withClient(
      way,
      handler: { _ in
        Response(
          body: .stream { writer in
            try await writer.write(Array("one ".utf8))
            try await goOn.wait()
            for piece in ["two ", "three ", "four"] { try await writer.write(Array(piece.utf8)) }
          })
      }
    ) { client, base in
      let response = try await client.open(FetchRequest(.get, base))
      let first = try await response.body.next()
      #expect(first == Array("one ".utf8))
      let receiver = Receiver()
      response.body.pour(into: receiver)
      goOn.open()
      try await receiver.ended.wait()
      #expect(receiver.bytes == Array("two three four".utf8))
      #expect(receiver.failure == nil && receiver.ends == 1 && receiver.settled > 0)
      response.close()
      #expect(receiver.ends == 1)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an answer that is over is poured all the same`(way: FetchWay) async throws {
    try await withClient(way, handler: { _ in .text("over") }) { client, base in
      let response = try await client.open(FetchRequest(.get, base))
      // Served after it on the same connection, so the first has ended.
      _ = try await client.send(FetchRequest(.get, base))
      let receiver = Receiver()
      response.body.pour(into: receiver)
      try await receiver.ended.wait()
      #expect(receiver.bytes == Array("over".utf8) && receiver.failure == nil && receiver.ends == 1)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `a full receiver stops the server from sending, and goes on where it stopped`(way: FetchWay)
    async throws
  {
    let sent = Atomic<Int>(0)
    let piece = [UInt8](repeating: 7, count: 64 * 1024)
    let pieces = 512
    let mayTake = Atomic<Bool>(false)
    try await withClient(
      way,
      handler: { _ in
        Response(
          body: .stream { writer in
            for _ in 0..<pieces {
              try await writer.write(piece)
              sent.add(1, ordering: .relaxed)
            }
          })
      }
    ) { client, base in
      let response = try await client.open(FetchRequest(.get, base))
      let receiver = Receiver { count in mayTake.load(ordering: .relaxed) || count < 100_000 }
      response.body.pour(into: receiver)
      try await receiver.some.wait()
      // The server comes to a stop: other answers pass, this one does not end.
      for _ in 0..<20 { _ = try await client.send(FetchRequest(.head, base)) }
      let before = sent.load(ordering: .relaxed)
      #expect(before < pieces)
      #expect(receiver.bytes.count < 400_000 && receiver.ends == 0)
      mayTake.store(true, ordering: .relaxed)
      response.body.resume()
      try await receiver.ended.wait()
      #expect(receiver.bytes.count == pieces * piece.count && receiver.failure == nil)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `a server that dies is told of as a failure, after what it said`(way: FetchWay) async throws {
    try await withClient(
      way,
      handler: { _ in
        Response(
          body: .stream { writer in
            try await writer.write(Array("half".utf8))
            throw HTTPError(.internalServerError, .init(rawValue: "x"), "broken")
          })
      }
    ) { client, base in
      let response = try await client.open(FetchRequest(.get, base))
      let receiver = Receiver()
      response.body.pour(into: receiver)
      try await receiver.ended.wait()
      #expect(receiver.bytes == Array("half".utf8))
      #expect(receiver.failure?.code == .connectionLost)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `closing tells the receiver and the server`(way: FetchWay) async throws {
    let left = Gate()
    try await withClient(
      way,
      handler: { request in
        Response(
          body: .stream { writer in
            defer { left.open() }
            try await writer.write(Array("begun".utf8))
            try await request.sleep(for: .seconds(600))
          })
      }
    ) { client, base in
      let response = try await client.open(FetchRequest(.get, base))
      let receiver = Receiver()
      response.body.pour(into: receiver)
      try await receiver.some.wait()
      response.close()
      try await receiver.ended.wait()
      #expect(receiver.failure?.code == .aborted && receiver.ends == 1)
      try await left.wait()
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an answer whose reader has enough ends by itself, and its connection is used again`(way: FetchWay)
    async throws
  {
    let end = Gate()
    let connections = Mutex<Set<String>>([])
    try await withClient(
      way,
      handler: { request in
        // A request's id names its connection, and begins with its run.
        let parts = request.id.split(separator: "-")
        connections.withLock { _ = $0.insert(String(parts[1])) }
        guard request.target.path == "/enough" else { return .text("next") }
        return Response(
          body: .stream { writer in
            try await writer.write(Array("enough".utf8))
            try await end.wait()
          })
      }
    ) { client, base in
      let response = try await client.open(FetchRequest(.get, base + "/enough"))
      let receiver = Receiver()
      response.body.pour(into: receiver)
      try await receiver.some.wait()
      response.body.letEnd(within: .seconds(600))
      // Dropping or closing it changes nothing any more.
      response.close()
      end.open()
      var next = ""
      // Until the end of the first has been read, another connection may be made.
      for _ in 0..<2_000 where !next.contains("reused") {
        let before = connections.withLock { $0.count }
        _ = try await client.send(FetchRequest(.get, base))
        if connections.withLock({ $0.count }) == before { next = "reused" }
      }
      #expect(next == "reused")
      #expect(receiver.ends == 0)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an answer that goes on although its reader has enough loses its connection`(way: FetchWay)
    async throws
  {
    let goOn = Gate()
    let left = Gate()
    try await withClient(
      way,
      handler: { request in
        Response(
          body: .stream { writer in
            defer { left.open() }
            try await writer.write(Array("enough".utf8))
            try await goOn.wait()
            while true {
              try await writer.write(Array("more".utf8))
              try await request.sleep(for: .milliseconds(5))
            }
          })
      }
    ) { client, base in
      let response = try await client.open(FetchRequest(.get, base))
      let receiver = Receiver()
      response.body.pour(into: receiver)
      try await receiver.some.wait()
      response.body.letEnd(within: .seconds(600))
      goOn.open()
      try await left.wait()
      #expect(receiver.bytes == Array("enough".utf8) && receiver.ends == 0)
    }
  }

  @Test(arguments: FetchWay.allCases)
  func `an answer that says nothing more is given up when patience is over`(way: FetchWay) async throws {
    let left = Gate()
    try await withClient(
      way,
      handler: { request in
        Response(
          body: .stream { writer in
            defer { left.open() }
            try await writer.write(Array("enough".utf8))
            try await request.sleep(for: .seconds(600))
          })
      }
    ) { client, base in
      let response = try await client.open(FetchRequest(.get, base))
      let receiver = Receiver()
      response.body.pour(into: receiver)
      try await receiver.some.wait()
      response.body.letEnd(within: .milliseconds(20))
      try await left.wait()
    }
  }
}
