import Concurrency
import EventLoop
import Glibc
import Synchronization
import Testing

struct EventLoopTests {
  private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop()
    try loop.start()
    defer { loop.stop() }
    try await body(loop)
  }

  private func makePipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  @Test func `a task that prefers a loop runs on its thread, before and after a wait`() async throws {
    try await withLoop { loop in
      let task = Task(executorPreference: loop) {
        let before = loop.isCurrent
        try await loop.sleep(for: .milliseconds(1))
        return (before, loop.isCurrent)
      }
      let (before, after) = try await task.value
      #expect(before && after)
      #expect(!loop.isCurrent)
    }
  }

  @Test func `a cancelled sleep ends at once`() async throws {
    try await withLoop { loop in
      let task = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(3600)) }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `a cancelled timer does not fire and the others do`() async throws {
    try await withLoop { loop in
      let wrong = Gate()
      let right = Gate()
      loop.execute {
        let token = loop.schedule(after: .zero) { wrong.open() }
        loop.schedule(after: .milliseconds(2)) { right.open() }
        loop.cancel(token)
      }
      try await right.wait()
      #expect(!wrong.isOpen)
    }
  }

  @Test func `a pipe is read to its end, in order`() async throws {
    try await withLoop { loop in
      let ends = try makePipe()
      let reader = PipeReader(descriptor: ends.read, loop: loop)
      let writer = PipeWriter(descriptor: ends.write, loop: loop)
      let payload = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      async let received = reader.reduce(into: [UInt8]()) { $0 += $1 }
      try await writer.write(Array(payload[..<1000]))
      try await writer.write(Array(payload[1000...]))
      writer.close()
      #expect(try await received == payload)
      await #expect(throws: EventLoopError.self) { try await writer.write([1]) }
    }
  }

  @Test func `a flood is read in large pieces, and what trickles after it in small ones`() async throws {
    try await withLoop { loop in
      let ends = try makePipe()
      _ = fcntl(ends.write, 1031, 1 << 20)  // F_SETPIPE_SZ: a flood is there at once
      let reader = PipeReader(descriptor: ends.read, loop: loop)
      let writer = PipeWriter(descriptor: ends.write, loop: loop)
      let flood = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      async let written: Void = writer.write(flood)
      var found: [UInt8] = []
      var largest = 0
      while found.count < flood.count, let chunk = try await reader.next() {
        largest = max(largest, chunk.count)
        found += chunk
      }
      try await written
      #expect(found == flood)
      #expect(largest > EventLoop.scratchSize)
      for word in ["a", "bc", "def"] {
        try await writer.write(Array(word.utf8))
        let chunk = try await reader.next()
        #expect(chunk == Array(word.utf8))
      }
      writer.close()
      #expect(try await reader.next() == nil)
    }
  }

  @Test func `a writer waits for a reader that does not read`() async throws {
    try await withLoop { loop in
      let ends = try makePipe()
      let writer = PipeWriter(descriptor: ends.write, loop: loop)
      let reader = PipeReader(descriptor: ends.read, loop: loop, highMark: 64 * 1024)
      let chunk = [UInt8](repeating: 7, count: 64 * 1024)
      let written = Atomic<Int>(0)
      let producer = Task {
        for _ in 0..<64 {
          try await writer.write(chunk)
          written.add(1, ordering: .relaxed)
        }
        writer.close()
      }
      // 64 KiB in the kernel, at most 128 KiB in the stream, one write waiting: never the whole 4 MiB.
      var total = try await reader.next()?.count ?? 0
      #expect(written.load(ordering: .relaxed) <= 6)
      while let more = try await reader.next() { total += more.count }
      try await producer.value
      #expect(total == 64 * chunk.count)
    }
  }

  @Test func `a writer whose reader is gone gets an error and the process lives`() async throws {
    try await withLoop { loop in
      let ends = try makePipe()
      close(ends.read)
      let writer = PipeWriter(descriptor: ends.write, loop: loop)
      let error = await #expect(throws: EventLoopError.self) { try await writer.write([1, 2, 3]) }
      #expect(error?.errno == EPIPE)
    }
  }

  @Test func `a reader whose task is cancelled closes its descriptor`() async throws {
    try await withLoop { loop in
      let ends = try makePipe()
      let reader = PipeReader(descriptor: ends.read, loop: loop)
      let task = Task { try await reader.next() }
      task.cancel()
      await #expect(throws: CancellationError.self) { _ = try await task.value }
      let writer = PipeWriter(descriptor: ends.write, loop: loop)
      // The close runs on the loop before this write does.
      let error = await #expect(throws: EventLoopError.self) { try await writer.write([1]) }
      #expect(error?.errno == EPIPE)
    }
  }

  @Test func `an event for a closed descriptor never reaches the one that took its number`() async throws {
    try await withLoop { loop in
      for round in 0..<50 {
        let ends = try makePipe()
        let reader = PipeReader(descriptor: ends.read, loop: loop)
        let writer = PipeWriter(descriptor: ends.write, loop: loop)
        try await writer.write([UInt8(round)])
        #expect(try await reader.next() == [UInt8(round)])
        reader.close()
        writer.close()
      }
    }
  }
}
