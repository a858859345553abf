import Glibc
import Synchronization

/// Ends or wakes a `read` of a line from elsewhere: Ctrl-C, another size of the window, and coming back to the
/// foreground.
///
/// One for a process.
package final class LineWaker: Sendable {
  enum Wake: UInt8 { case interrupted = 99, resized = 119, resumed = 116 }

  let reading: Int32

  /// Nil where no pipe can be made.
  package init?() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    reading = ends[0]
    wakePipe.store(ends[1], ordering: .releasing)
    for number in [SIGWINCH, SIGCONT] {
      var action = sigaction()
      action.sa_flags = SA_RESTART
      action.__sigaction_handler.sa_handler = { number in
        LineWaker.tell(number == SIGWINCH ? .resized : .resumed)
      }
      sigaction(number, &action, nil)
    }
  }

  /// Takes away what is being typed, and ends the `read`.
  package func interrupt() { Self.tell(.interrupted) }

  /// What came since it was last asked; nil: nothing.
  func next() -> Wake? {
    var byte: UInt8 = 0
    return read(reading, &byte, 1) == 1 ? Wake(rawValue: byte) : nil
  }

  private static func tell(_ wake: Wake) {
    let saved = errno
    var byte = wake.rawValue
    _ = write(wakePipe.load(ordering: .acquiring), &byte, 1)
    errno = saved
  }
}

/// Global since a signal handler can reach nothing else.
private let wakePipe = Atomic<Int32>(-1)
