/// Names one timer; a token that has fired or was cancelled names nothing any more.
package struct TimerToken: Hashable, Sendable {
  fileprivate let slot: Int
  fileprivate let generation: UInt32
}

/// Timers ordered by deadline: a binary heap in which every entry knows its place, so that cancelling is
/// O(log n).
///
/// Timers with the same deadline come out in the order they went in.
package struct TimerHeap<Payload> {
  private struct Slot {
    var generation: UInt32 = 0
    var position = -1
    var deadline: UInt64 = 0
    var order: UInt64 = 0
    var payload: Payload?
  }

  private var slots: [Slot] = []
  private var free: [Int] = []
  private var heap: [Int] = []
  private var nextOrder: UInt64 = 0

  package init() {}

  /// How many timers wait.
  package var count: Int { heap.count }

  /// The earliest deadline, in the unit the caller uses; nil when no timer waits.
  package var nextDeadline: UInt64? { heap.first.map { slots[$0].deadline } }

  /// Adds a timer.
  package mutating func insert(deadline: UInt64, _ payload: Payload) -> TimerToken {
    let index: Int
    if let reused = free.popLast() {
      index = reused
    } else {
      index = slots.count
      slots.append(Slot())
    }
    nextOrder += 1
    slots[index].deadline = deadline
    slots[index].order = nextOrder
    slots[index].payload = payload
    slots[index].position = heap.count
    heap.append(index)
    siftUp(heap.count - 1)
    return TimerToken(slot: index, generation: slots[index].generation)
  }

  /// Takes a timer out before it fires; nil when it has fired or was taken out already.
  @discardableResult
  package mutating func remove(_ token: TimerToken) -> Payload? {
    guard slots.indices.contains(token.slot), slots[token.slot].generation == token.generation,
      slots[token.slot].position >= 0
    else { return nil }
    return take(at: slots[token.slot].position)
  }

  /// The next timer whose deadline is not after `now`; nil when there is none.
  package mutating func popExpired(now: UInt64) -> Payload? {
    guard let first = heap.first, slots[first].deadline <= now else { return nil }
    return take(at: 0)
  }

  private mutating func take(at position: Int) -> Payload? {
    let index = heap[position]
    let last = heap.count - 1
    if position != last {
      swapEntries(position, last)
      heap.removeLast()
      siftDown(position)
      siftUp(position)
    } else {
      heap.removeLast()
    }
    let payload = slots[index].payload
    slots[index].payload = nil
    slots[index].position = -1
    slots[index].generation &+= 1
    free.append(index)
    return payload
  }

  private func isBefore(_ left: Int, _ right: Int) -> Bool {
    let a = slots[heap[left]]
    let b = slots[heap[right]]
    return (a.deadline, a.order) < (b.deadline, b.order)
  }

  private mutating func swapEntries(_ left: Int, _ right: Int) {
    heap.swapAt(left, right)
    slots[heap[left]].position = left
    slots[heap[right]].position = right
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      if !isBefore(child, parent) { return }
      swapEntries(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
        least = child
      }
      if least == parent { return }
      swapEntries(parent, least)
      parent = least
    }
  }
}
