import Concurrency
import EventLoop
import Glibc

/// A running process and its three pipes; made by `ProcessSpawner`.
///
/// Whoever drops the last reference kills what still runs: end it by `end()`.
package final class ChildProcess: Sendable {
  package let processID: Int32
  private let executable: String
  private let input: PipeWriter
  private let output: PipeReader
  private let errorOutput: PipeReader
  private let exit: ExitWatch

  init(_ command: Command, processID: Int32, pipes: Pipes, loop: EventLoop) {
    self.processID = processID
    executable = command.executable
    input = PipeWriter(descriptor: pipes.input.write, loop: loop)
    output = PipeReader(descriptor: pipes.output.read, loop: loop)
    errorOutput = PipeReader(descriptor: pipes.error.read, loop: loop)
    exit = ExitWatch(processID: processID, loop: loop)
    exit.start()
  }

  deinit { exit.send(SIGKILL) }

  /// The next bytes of its standard output; nil at the end.
  ///
  /// One reader at a time. A cancelled reader closes the pipe.
  package func read() async throws(ProcessError) -> [UInt8]? {
    try await next(of: output)
  }

  /// The next bytes of its error output; nil at the end.
  package func readError() async throws(ProcessError) -> [UInt8]? {
    try await next(of: errorOutput)
  }

  private func next(of reader: PipeReader) async throws(ProcessError) -> [UInt8]? {
    do {
      return try await reader.next()
    } catch let failure as EventLoopError {
      throw ProcessError(.brokenPipe, executable: executable, errno: failure.errno)
    } catch {
      return nil  // cancelled: nothing more is read
    }
  }

  /// Writes to its standard input; returns when the system has taken every byte.
  package func write(_ bytes: [UInt8]) async throws(ProcessError) {
    do {
      try await input.write(bytes)
    } catch {
      throw ProcessError(.brokenPipe, executable: executable, errno: (error as? EventLoopError)?.errno ?? 0)
    }
  }

  /// Closes its standard input; it reads the end.
  package func closeInput() { input.close() }

  /// Signals it, unless it has ended: its number may be another's by then.
  package func send(_ signal: Int32) { exit.send(signal) }

  /// Waits for its end.
  ///
  /// Throws `CancellationError` when the waiting task is cancelled; the process goes on.
  package func exitStatus() async throws -> ExitStatus {
    try await exit.gate.wait()
    return exit.status ?? .signalled(SIGKILL)
  }

  /// Ends it: one step after the other until it is gone; after the last one it is killed.
  ///
  /// Returns when it has ended, also when the calling task is cancelled.
  @discardableResult
  package func end(
    _ steps: [TeardownStep] = [
      TeardownStep(.closeInput, wait: .seconds(2)), TeardownStep(.signal(SIGTERM), wait: .seconds(3)),
    ]
  ) async -> ExitStatus {
    // Unstructured: what ends a process is most often a cancelled task, in which every wait would fail at once.
    await Task { [self] in
      for step in steps {
        switch step.action {
        case .closeInput: input.close()
        case .signal(let number): exit.send(number)
        }
        if let status = try? await withTimeout(step.wait, { try await self.exitStatus() }) { return status }
      }
      exit.send(SIGKILL)
      return (try? await exitStatus()) ?? .signalled(SIGKILL)
    }.value
  }
}
