import Glibc
import Synchronization

/// Brings SIGINT from the signal handler, where almost nothing is allowed, to `Interrupts`.
enum SignalRelay {
  // Written once before the handler is in place; the handler only reads it.
  nonisolated(unsafe) private static var wakeUp: Int32 = -1
  private static let terminal = Mutex<termios?>(nil)

  /// The state of the terminal to go back to when Ctrl-C ends the program; nil: it need not be changed.
  static func restoreOnExit(_ state: termios?) { terminal.withLock { $0 = state } }

  /// Called once, by `run`.
  static func start(_ interrupts: Interrupts) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    wakeUp = ends[1]
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Relay(reading: ends[0], interrupts: interrupts))
    let failure = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Relay>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard failure == 0 else { return context.release() }
    pthread_detach(thread)
    var action = sigaction()
    action.sa_flags = SA_RESTART
    action.__sigaction_handler.sa_handler = { _ in
      let saved = errno
      var byte: UInt8 = 1
      _ = write(SignalRelay.wakeUp, &byte, 1)
      errno = saved
    }
    sigaction(SIGINT, &action, nil)
  }

  /// Leaves at once, with the terminal as it was.
  static func leave() -> Never {
    terminal.withLock { state in
      guard var state else { return }
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &state)
      var lineEnd = UInt8(ascii: "\n")
      _ = write(STDERR_FILENO, &lineEnd, 1)
    }
    _exit(ExitCode.interrupted.rawValue)
  }

  private final class Relay: Sendable {
    let reading: Int32
    let interrupts: Interrupts

    init(reading: Int32, interrupts: Interrupts) {
      self.reading = reading
      self.interrupts = interrupts
    }

    func run() {
      var byte: UInt8 = 0
      while true {
        let count = read(reading, &byte, 1)
        if count > 0 { interrupts.fire() }
        // Another signal is no Ctrl-C.
        if count == 0 || count < 0 && errno != EINTR { return }
      }
    }
  }
}
