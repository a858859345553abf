import Concurrency
import Glibc
import Synchronization

/// Waits for SIGTERM or SIGINT; a second one ends the process at once.
///
/// SIGHUP ends it too, unless something else is to be done then.
///
/// A handler and a pipe rather than blocked signals: which threads the runtime has made before us, with
/// signals open, is not ours to know.
final class SignalWait: Sendable {
  private let come: Come

  private final class Come: Sendable {
    let gate = Gate()
    let number = Atomic<Int32>(SIGTERM)
  }

  /// Throws where the pipe or its thread cannot be made.
  ///
  /// One for a process.
  init() throws(StartError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw StartError("The signal pipe could not be made.")
    }
    signalPipe.store(ends[1], ordering: .releasing)
    let come = Come()
    self.come = come
    let reader = ends[0]
    do {
      _ = try startThread(name: "signals") {
        var count = 0
        var byte: UInt8 = 0
        while read(reader, &byte, 1) == 1 {
          if Int32(byte) == SIGHUP {
            hangUpAction.withLock { $0 }?()
            continue
          }
          count += 1
          if count > 1 { _exit(128 + Int32(byte)) }
          come.number.store(Int32(byte), ordering: .releasing)
          come.gate.open()
        }
      }
    } catch {
      throw StartError("The signal thread could not be started.")
    }
    for number in [SIGTERM, SIGINT] { Self.catchSignal(number) }
  }

  /// Runs `action` at each SIGHUP, on a thread of its own, rather than let it end the process.
  func onHangUp(_ action: @escaping @Sendable () -> Void) {
    hangUpAction.withLock { $0 = action }
    Self.catchSignal(SIGHUP)
  }

  private static func catchSignal(_ number: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      var byte = UInt8(truncatingIfNeeded: number)
      let saved = errno
      _ = write(signalPipe.load(ordering: .acquiring), &byte, 1)
      errno = saved
    }
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }

  /// The signal that has come, as soon as it has; SIGTERM too where the caller is cancelled.
  func next() async -> Int32 {
    try? await come.gate.wait()
    return come.number.load(ordering: .acquiring)
  }

  var hasCome: Bool { come.gate.isOpen }

  /// Whether one has come, or comes meanwhile.
  func comes(within limit: Duration) async -> Bool {
    _ = try? await withTimeout(limit) { [come] in try await come.gate.wait() }
    return hasCome
  }
}

/// Global since a signal handler can reach nothing else.
private let signalPipe = Atomic<Int32>(-1)
/// Beside it, for the thread that reads the pipe.
private let hangUpAction = Mutex<(@Sendable () -> Void)?>(nil)
