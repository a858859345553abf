import EventLoop
import Testing

struct TimerHeapTests {
  @Test func `timers come out by deadline, and in order of arrival within one`() {
    var heap = TimerHeap<String>()
    _ = heap.insert(deadline: 30, "c")
    _ = heap.insert(deadline: 10, "a1")
    _ = heap.insert(deadline: 20, "b")
    _ = heap.insert(deadline: 10, "a2")
    #expect(heap.nextDeadline == 10)
    #expect(heap.popExpired(now: 9) == nil)
    var fired: [String] = []
    while let name = heap.popExpired(now: 25) { fired.append(name) }
    #expect(fired == ["a1", "a2", "b"])
    #expect(heap.count == 1)
  }

  @Test func `a cancelled timer is gone and its old token cancels no successor`() {
    var heap = TimerHeap<Int>()
    let first = heap.insert(deadline: 1, 1)
    #expect(heap.remove(first) == 1)
    #expect(heap.remove(first) == nil)
    let second = heap.insert(deadline: 2, 2)
    #expect(heap.remove(first) == nil)
    #expect(heap.popExpired(now: 2) == 2)
    #expect(heap.remove(second) == nil)
    #expect(heap.nextDeadline == nil)
  }

  @Test func `a thousand timers, every third cancelled, come out sorted`() {
    var heap = TimerHeap<UInt64>()
    var seed: UInt64 = 42
    var kept: [UInt64] = []
    for index in 0..<1000 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let deadline = seed >> 40
      let token = heap.insert(deadline: deadline, deadline)
      if index % 3 == 0 { heap.remove(token) } else { kept.append(deadline) }
    }
    var fired: [UInt64] = []
    while let deadline = heap.popExpired(now: .max) { fired.append(deadline) }
    #expect(fired == kept.sorted())
  }
}
