import Concurrency
import Glibc
import Testing

private actor Blocking {
  private let executor: QueueExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var count = 0

  init() throws { executor = try QueueExecutor(name: "test") }

  func thread() -> UInt { pthread_self() }

  func add() -> Int {
    count += 1
    return count
  }
}

struct ConcurrencyTests {
  @Test func `an actor on a queue executor always runs on the same thread of its own`() async throws {
    let actor = try Blocking()
    let first = await actor.thread()
    await Task.yield()
    #expect(await actor.thread() == first)
    let other = try Blocking()
    #expect(await other.thread() != first)
  }

  @Test func `an actor on a queue executor keeps its state whole under many callers`() async throws {
    let actor = try Blocking()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 { group.addTask { _ = await actor.add() } }
    }
    #expect(await actor.add() == 201)
  }

  @Test func `a pool runs a body on its thread and hands its error on`() async throws {
    struct Refused: Error {}
    let pool = try BlockingPool(threads: 2)
    #expect(try await pool.run { 6 * 7 } == 42)
    await #expect(throws: Refused.self) { try await pool.run { throw Refused() } }
    #expect(try await pool.run { "still alive" } == "still alive")
  }

  @Test func `a body cancelled while it waits for a thread is never begun`() async throws {
    let pool = try BlockingPool(threads: 1)
    let entered = Gate()
    let release = BlockingQueue<Int>()
    let began = Gate()
    let first = Task {
      try await pool.run {
        entered.open(); return release.pop()
      }
    }
    try await entered.wait()
    let second = Task { try await pool.run { began.open() } }
    second.cancel()
    release.push(1)
    #expect(try await first.value == 1)
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(!began.isOpen)
  }

  @Test func `a reader of a stream gets all that came meanwhile, and the producer goes on when it is read`()
    async throws
  {
    let stream = ByteStream(highMark: 4)
    let drained = Gate()
    stream.setCallbacks(onDrain: { drained.open() })
    #expect(stream.push([1]))
    #expect(stream.push([2, 3]))
    #expect(!stream.push([4]))
    #expect(stream.pauseIfFull())
    #expect(!drained.isOpen)
    #expect(try await stream.next() == [1, 2, 3, 4])
    #expect(drained.isOpen)
    #expect(!stream.pauseIfFull())
    stream.push([5])
    stream.finish()
    #expect(try await stream.next() == [5])
    #expect(try await stream.next() == nil)
  }

  @Test func `a cancelled reader ends its stream and tells the producer`() async throws {
    let stream = ByteStream()
    let (asked, ended) = (Gate(), Gate())
    stream.setCallbacks(onFirstWait: { asked.open() }, onEnd: { ended.open() })
    let reader = Task { try await stream.next() }
    try await asked.wait()
    reader.cancel()
    await #expect(throws: CancellationError.self) { try await reader.value }
    try await ended.wait()
    #expect(stream.push([1]))
    await #expect(throws: CancellationError.self) { try await stream.next() }
  }

  @Test func `a gate opens once, wakes its waiters and runs late callbacks at once`() async throws {
    let gate = Gate()
    let waiter = Task { try await gate.wait() }
    #expect(gate.open())
    #expect(!gate.open())
    try await waiter.value
    let late = Gate()
    gate.onOpen { late.open() }
    #expect(late.isOpen)
  }

  @Test func `a cancelled waiter leaves a gate that stays shut`() async throws {
    let gate = Gate()
    let waiter = Task { try await gate.wait() }
    waiter.cancel()
    await #expect(throws: CancellationError.self) { try await waiter.value }
    #expect(!gate.isOpen)
  }

  @Test func `a subscriber whose buffer is full is ended and the others are not`() async throws {
    let broadcast = Broadcast<Int>()
    let slow = broadcast.subscribe(buffer: 2)
    let roomy = broadcast.subscribe(buffer: 10)
    for number in 1...4 { broadcast.send(number) }
    var seen: [Int] = []
    for await number in slow { seen.append(number) }
    #expect(seen == [1, 2])
    #expect(broadcast.subscriberCount == 1)
    broadcast.finish()
    seen = []
    for await number in roomy { seen.append(number) }
    #expect(seen == [1, 2, 3, 4])
    var late = broadcast.subscribe().makeAsyncIterator()
    #expect(await late.next() == nil)
  }

  @Test func `an operation past its time limit is cancelled and reported as timed out`() async throws {
    let never = Gate()
    await #expect(throws: TimeoutError.self) {
      try await withTimeout(.milliseconds(20)) { try await never.wait() }
    }
    #expect(try await withTimeout(.seconds(60)) { 5 } == 5)
  }
}
