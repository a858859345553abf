import CSystem
package import Concurrency
import Glibc
import Synchronization

/// One thread with one epoll: readiness of file descriptors, timers, and the tasks that prefer this loop.
///
/// A task started with `Task.immediate(executorPreference: loop)` runs on the thread that owns its socket, so
/// a request is handled without a thread hop. Nothing that blocks may run here: use `BlockingPool` or
/// `QueueExecutor`.
///
/// | call | from |
/// |---|---|
/// | `start`, `stop`, `execute`, `enqueue`, `sleep`, `isCurrent` | any thread |
/// | `add`, `modify`, `remove`, `schedule`, `cancel`, `scratch`, `atEndOfStep` | the loop's own thread |
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  // @unchecked: `shared` is a mutex; every other stored variable is touched on the loop's thread only, which
  // `assertCurrent` checks in debug builds.
  private struct Shared {
    var jobs: [UnownedJob] = []
    var blocks: [@Sendable () -> Void] = []
    var isWoken = false
    var isStopping = false
  }

  /// The size of `scratch`, in bytes.
  package static let scratchSize = 65536

  private let shared = Mutex(Shared())
  private let thread = Atomic<UInt>(0)
  private let epoll: Int32
  private let wakeUp: Int32
  private var jobs: [UnownedJob] = []
  private var descriptors = DescriptorTable()
  private var timers = TimerHeap<@Sendable () -> Void>()
  private var endings: [() -> Void] = []

  /// A buffer for one read at a time; nothing in it survives the call that filled it.
  package let scratch = UnsafeMutableRawPointer.allocate(byteCount: scratchSize, alignment: 16)

  /// Opens the loop's descriptors; `start` makes it run.
  ///
  /// Throws `EventLoopError` when the system has none left.
  package init() throws(EventLoopError) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw EventLoopError(operation: "epoll_create1", errno: errno) }
    wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard wakeUp >= 0 else {
      let failure = errno
      close(epoll)
      throw EventLoopError(operation: "eventfd", errno: failure)
    }
    // Edge-triggered and never read: each write raises a new edge, and 2^64 of them do not happen.
    let wanted = csystem_epoll_event((Readiness.readable.union(.edgeTriggered)).rawValue, UInt64.max)
    _ = csystem_epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, wanted)
  }

  deinit {
    close(wakeUp)
    close(epoll)
    scratch.deallocate()
  }

  /// Starts the loop's thread.
  ///
  /// Call once. Throws `ThreadError`.
  ///
  /// Ignores SIGPIPE for the whole process: a write to a closed pipe must be an error, not a death. A spawned
  /// child inherits that and has to be given the default back.
  package func start(name: String = "loop") throws(ThreadError) {
    signal(SIGPIPE, SIG_IGN)
    try startThread(name: name) { self.run() }
  }

  /// Ends the thread after what is queued has run.
  ///
  /// Shut down the servers and clients on it first: a task that prefers a stopped loop never runs again.
  package func stop() {
    shared.withLock { $0.isStopping = true }
    wake()
  }

  /// Whether the caller is on this loop's thread.
  package var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

  /// Stops a debug build that calls a loop-only function from elsewhere.
  package func assertCurrent() { assert(isCurrent, "called off the event loop's thread") }

  // MARK: Work from any thread

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent { return jobs.append(job) }
    let mustWake = shared.withLock { shared in
      shared.jobs.append(job)
      defer { shared.isWoken = true }
      return !shared.isWoken
    }
    if mustWake { wake() }
  }

  /// Runs `block` on the loop's thread: at once when the caller is on it, else soon.
  package func execute(_ block: @escaping @Sendable () -> Void) {
    if isCurrent { return block() }
    let mustWake = shared.withLock { shared in
      shared.blocks.append(block)
      defer { shared.isWoken = true }
      return !shared.isWoken
    }
    if mustWake { wake() }
  }

  private func wake() {
    var one: UInt64 = 1
    _ = csystem_write(wakeUp, &one, 8)
  }

  /// Runs `block` when the event at hand and the tasks it woke are done, before the next event (loop thread).
  package func atEndOfStep(_ block: @escaping () -> Void) {
    assertCurrent()
    endings.append(block)
  }

  // MARK: Descriptors (loop thread)

  /// Watches a descriptor.
  ///
  /// The table keeps the handler alive until `remove`. Throws when epoll refuses it (`EPERM`: a regular file;
  /// `EEXIST`: watched already).
  package func add(_ descriptor: Int32, _ wanted: Readiness, _ handler: any ReadinessHandler)
    throws(EventLoopError)
  {
    assertCurrent()
    let tag = descriptors.insert(descriptor, handler)
    let result = csystem_epoll_ctl(
      epoll, EPOLL_CTL_ADD, descriptor, csystem_epoll_event(wanted.rawValue, tag))
    if result < 0 {
      descriptors.remove(descriptor)
      throw EventLoopError(operation: "epoll_ctl", errno: -result)
    }
  }

  /// Changes what a watched descriptor is watched for.
  package func modify(_ descriptor: Int32, _ wanted: Readiness) {
    assertCurrent()
    guard let tag = descriptors.tag(descriptor) else { return }
    _ = csystem_epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, csystem_epoll_event(wanted.rawValue, tag))
  }

  /// Stops watching; call before closing the descriptor.
  ///
  /// Events already fetched for it are dropped.
  package func remove(_ descriptor: Int32) {
    assertCurrent()
    guard descriptors.remove(descriptor) else { return }
    _ = csystem_epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, csystem_epoll_event(0, 0))
  }

  // MARK: Timers (loop thread)

  /// Runs `action` on the loop after `delay` (rounded up to a millisecond).
  @discardableResult
  package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) -> TimerToken {
    schedule(at: Self.now &+ delay.nanoseconds, action)
  }

  /// Runs `action` on the loop when `now` has reached `deadline`.
  package func schedule(at deadline: UInt64, _ action: @escaping @Sendable () -> Void) -> TimerToken {
    assertCurrent()
    return timers.insert(deadline: deadline, action)
  }

  /// Drops a timer that has not fired.
  package func cancel(_ token: TimerToken) {
    assertCurrent()
    timers.remove(token)
  }

  /// Nanoseconds of the monotonic clock.
  package static var now: UInt64 { csystem_monotonic_nanoseconds() }

  // MARK: The thread

  private func run() {
    thread.store(UInt(pthread_self()), ordering: .relaxed)
    let capacity = 256
    let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
    defer { events.deallocate() }
    var isStopping = false
    while true {
      if isStopping && jobs.isEmpty { break }
      let ready = csystem_epoll_wait(epoll, events, Int32(capacity), isStopping ? 0 : waitMilliseconds())
      for index in 0..<max(0, Int(ready)) {
        let tag = csystem_epoll_data(&events[index])
        if tag == UInt64.max {
          isStopping = takeShared()
        } else if let handler = descriptors.handler(tag) {
          handler.ready(Readiness(rawValue: events[index].events))
        }
        finishStep()
      }
      fireTimers()
      finishStep()
    }
    thread.store(0, ordering: .relaxed)
  }

  /// What one event set going is carried through before the next is looked at: a request that came among a hundred
  /// pieces of others' answers would otherwise wait for all of them, at each of its steps.
  private func finishStep() {
    if !jobs.isEmpty { runJobs() }
    endStep()
  }

  private func endStep() {
    guard !endings.isEmpty else { return }
    let blocks = endings
    endings = []
    for block in blocks { block() }
  }

  private func waitMilliseconds() -> Int32 {
    if !jobs.isEmpty || !endings.isEmpty { return 0 }
    guard let deadline = timers.nextDeadline else { return -1 }
    let now = Self.now
    return deadline <= now ? 0 : Int32(min((deadline - now + 999_999) / 1_000_000, 60_000))
  }

  private func takeShared() -> Bool {
    let (newJobs, blocks, isStopping) = shared.withLock { shared in
      defer {
        shared.jobs = []
        shared.blocks = []
        shared.isWoken = false
      }
      return (shared.jobs, shared.blocks, shared.isStopping)
    }
    jobs.append(contentsOf: newJobs)
    for block in blocks { block() }
    return isStopping
  }

  private func fireTimers() {
    guard timers.count > 0 else { return }
    // One reading of the clock: a timer that re-arms itself with no delay waits for the next turn.
    let now = Self.now
    while let action = timers.popExpired(now: now) { action() }
  }

  private func runJobs() {
    // A few rounds before looking at the sockets again: tasks that keep waking each other must not starve
    // them.
    var rounds = 0
    while !jobs.isEmpty && rounds < 4 {
      var batch: [UnownedJob] = []
      swap(&batch, &jobs)
      for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
      if jobs.isEmpty {
        batch.removeAll(keepingCapacity: true)
        swap(&batch, &jobs)
      }
      rounds += 1
    }
  }
}
