@testable import CommandLineTool
import Synchronization
import Testing

/// Whom Ctrl-C reaches.
struct InterruptTests {
  private final class Count: Sendable {
    private let value = Mutex(0)
    func add() { value.withLock { $0 += 1 } }
    var now: Int { value.withLock { $0 } }
  }

  @Test func `the newest handler answers, and the older one again after it`() async {
    let (outer, inner) = (Count(), Count())
    let interrupts = Interrupts()
    interrupts.fire()  // nobody listens: nothing happens
    await interrupts.handled(by: outer.add) {
      await interrupts.handled(by: inner.add) { interrupts.fire() }
      #expect(inner.now == 1 && outer.now == 0)
      interrupts.fire()
    }
    #expect(inner.now == 1 && outer.now == 1)
  }

  @Test func `the first cancels, and a second ends what does not listen`() async throws {
    let left = Count()
    let interrupts = Interrupts(leave: left.add)
    let wasCancelled = try await interrupts.cancelling {
      interrupts.fire()
      #expect(left.now == 0)
      interrupts.fire()
      return Task.isCancelled
    }
    #expect(wasCancelled)
    #expect(left.now == 1)
  }

  @Test func `a question that waits for an answer is left at once`() async {
    let left = Count()
    let interrupts = Interrupts(leave: left.add)
    let output = RecordedOutput(isTerminal: true)
    let console = Console(
      environment: [:], input: ScriptedInput(lines: [], isTerminal: true) { interrupts.fire() },
      output: output, errors: output, interrupts: interrupts)
    _ = await CommandLineTool.run(["login"], console: console)
    #expect(left.now == 1)
  }
}
