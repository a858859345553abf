import CSystem
import Concurrency
import EventLoop
import Glibc
import Synchronization

/// Waits for a child's end by its pidfd, reaps it, and is the only one that signals it.
///
/// The loop keeps it alive until the child has ended, so no child stays a zombie because its owner left.
final class ExitWatch: ReadinessHandler, Sendable {
  let gate = Gate()
  private let processID: Int32
  private let loop: EventLoop
  private let state = Mutex<ExitStatus?>(nil)
  private let descriptor: Int32

  init(processID: Int32, loop: EventLoop) {
    self.processID = processID
    self.loop = loop
    descriptor = csystem_pidfd_open(processID)
  }

  /// How the child ended; nil while it runs.
  var status: ExitStatus? { state.withLock { $0 } }

  func start() {
    loop.execute { [self] in
      if descriptor >= 0, (try? loop.add(descriptor, .readable, self)) != nil { return }
      if descriptor >= 0 { close(descriptor) }
      waitOnThread()
    }
  }

  /// For a system without pidfd (Linux before 5.3, some sandboxes) or without a descriptor left.
  private func waitOnThread() {
    do throws(ThreadError) {
      try startThread(name: "wait-\(processID)") { self.reap(flags: 0) }
    } catch {
      loop.schedule(after: .seconds(1)) { if !self.reap(flags: WNOHANG) { self.waitOnThread() } }
    }
  }

  func ready(_ readiness: Readiness) {
    guard reap(flags: WNOHANG) else { return }
    loop.remove(descriptor)
    close(descriptor)
  }

  /// Whether the child has ended and is reaped.
  @discardableResult
  private func reap(flags: Int32) -> Bool {
    if flags == 0 {
      // Waits without reaping: between the end and the reaping the number is still the child's own.
      var information = siginfo_t()
      while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
    }
    let ended = state.withLock { state -> Bool in
      var code: Int32 = 0
      let result = waitpid(processID, &code, WNOHANG)
      if result == 0 { return false }
      let number = code & 0x7F
      // A child that somebody else reaped (-1) has ended all the same.
      state =
        result < 0 ? .signalled(SIGKILL) : number == 0 ? .exited((code >> 8) & 0xFF) : .signalled(number)
      return true
    }
    if ended { gate.open() }
    return ended
  }

  /// Under the lock that reaping takes: an ended child's number is never signalled.
  func send(_ signal: Int32) {
    state.withLock { state in
      if state == nil { _ = kill(processID, signal) }
    }
  }
}
