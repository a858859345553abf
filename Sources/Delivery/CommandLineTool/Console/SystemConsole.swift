import Glibc

extension Console {
  /// The process's own terminal, pipes and environment; Ctrl-C goes to its `interrupts` from here on.
  static func system() -> Console {
    let interrupts = Interrupts { SignalRelay.leave() }
    SignalRelay.start(interrupts)
    return Console(
      environment: environment(), input: StandardInput(), output: StandardOutput(descriptor: STDOUT_FILENO),
      errors: StandardOutput(descriptor: STDERR_FILENO), interrupts: interrupts,
      startServer: { try await StartedServer.start() },
      lineEditor: { EditedLines(complete: $0, interrupts: interrupts) })
  }

  private static func environment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      next += 1
    }
    return variables
  }
}

private struct StandardInput: ConsoleInput {
  var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  func readLine() -> String? { Swift.readLine(strippingNewline: true) }

  func readAll() -> String {
    var whole = ""
    while let line = Swift.readLine(strippingNewline: false) { whole += line }
    return whole
  }

  func readSecret(asking ask: () -> Void) -> String? {
    var shown = termios()
    guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return nil }
    var hidden = shown
    hidden.c_lflag &= ~tcflag_t(ECHO)
    hidden.c_lflag |= tcflag_t(ECHONL)
    SignalRelay.restoreOnExit(shown)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    // Only now: who answers at once, or pastes, would see the secret, and lose it to the flush.
    ask()
    defer {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
      SignalRelay.restoreOnExit(nil)
    }
    return Swift.readLine(strippingNewline: true)
  }
}

private struct StandardOutput: ConsoleOutput {
  let descriptor: Int32

  var isTerminal: Bool { isatty(descriptor) == 1 }

  var width: Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  func write(_ bytes: [UInt8]) {
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + offset, bytes.count - offset)
      }
      if written > 0 {
        offset += written
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        // The reader has gone (`| head`), or the disk is full: nobody is left to be told on this stream.
        if descriptor == STDOUT_FILENO { exit(ExitCode.failed.rawValue) }
        return
      }
    }
  }
}
