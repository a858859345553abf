import CSystem
import EventLoop
import Glibc

/// A connection to a Unix domain socket over which descriptors can be handed to the other side.
package final class LocalSocket: Sendable {
  private let path: String
  private let descriptor: Int32
  private let reader: PipeReader

  fileprivate init(path: String, descriptor: Int32, loop: EventLoop) throws(ProcessError) {
    let reading = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard reading >= 0 else {
      let failure = errno
      Glibc.close(descriptor)
      throw ProcessError(.spawnFailed, executable: path, errno: failure)
    }
    self.path = path
    self.descriptor = descriptor
    reader = PipeReader(descriptor: reading, loop: loop)
  }

  deinit { Glibc.close(descriptor) }

  /// Sends the bytes, then each descriptor with a byte of its own; the caller keeps its copies.
  ///
  /// Does not wait: for messages well below a socket's buffer (some 200 KB). Throws `broken_pipe` where the other
  /// side is gone, or does not read.
  package func send(_ bytes: [UInt8], descriptors: [Int32] = []) throws(ProcessError) {
    var sent = 0
    while sent < bytes.count {
      let done = bytes.withUnsafeBytes { raw in
        raw.baseAddress.map { csystem_send(descriptor, $0 + sent, raw.count - sent) } ?? 0
      }
      if done <= 0 { throw ProcessError(.brokenPipe, executable: path, errno: Int32(-done)) }
      sent += done
    }
    for handed in descriptors {
      let done = csystem_send_descriptor(descriptor, handed)
      if done <= 0 { throw ProcessError(.brokenPipe, executable: path, errno: Int32(-done)) }
    }
  }

  /// The next bytes; nil at the end, and when the reading task is cancelled, which closes the connection.
  package func read() async throws(ProcessError) -> [UInt8]? {
    do {
      return try await reader.next()
    } catch let failure as EventLoopError {
      throw ProcessError(.brokenPipe, executable: path, errno: failure.errno)
    } catch {
      return nil
    }
  }

  /// Ends the connection; a waiting reader gets the end.
  package func close() {
    shutdown(descriptor, Int32(SHUT_RDWR))
    reader.close()
  }
}

/// Pipes of which this process keeps one end and hands the other to somebody else, as a child's three are.
package final class HandedPipes: Sendable {
  private let input: PipeWriter
  private let output: PipeReader
  private let errorOutput: PipeReader

  fileprivate init(_ pipes: Pipes, loop: EventLoop) {
    input = PipeWriter(descriptor: pipes.input.write, loop: loop)
    output = PipeReader(descriptor: pipes.output.read, loop: loop)
    errorOutput = PipeReader(descriptor: pipes.error.read, loop: loop)
  }

  /// The next bytes the other side wrote to its standard output; nil at the end.
  package func read() async -> [UInt8]? { (try? await output.next()) ?? nil }

  /// The next bytes it wrote to its error output; nil at the end.
  package func readError() async -> [UInt8]? { (try? await errorOutput.next()) ?? nil }

  /// Writes to its standard input; returns when the system has taken every byte.
  package func write(_ bytes: [UInt8]) async throws(ProcessError) {
    do {
      try await input.write(bytes)
    } catch {
      throw ProcessError(.brokenPipe, executable: "pipe", errno: (error as? EventLoopError)?.errno ?? 0)
    }
  }

  /// Closes its standard input; it reads the end.
  package func closeInput() { input.close() }

  /// Closes every end of ours.
  package func close() {
    input.close()
    output.close()
    errorOutput.close()
  }
}

extension ProcessSpawner {
  /// Connects to a Unix domain socket.
  ///
  /// Throws with `errno` as the system gave it: `ENOENT`, `ECONNREFUSED` (nobody listens), `EAGAIN` (too many wait).
  package func connect(to path: String) throws(ProcessError) -> LocalSocket {
    let descriptor = csystem_connect_local(path)
    guard descriptor >= 0 else { throw ProcessError(.notFound, executable: path, errno: -descriptor) }
    return try LocalSocket(path: path, descriptor: descriptor, loop: anyLoop())
  }

  /// Makes three pipes and lends the far ends (standard input, output, error output) to `hand`, which passes copies
  /// on; they are closed here after it, so that the end of the other side is seen.
  ///
  /// - Parameter isWide: whether input and output hold a MiB each instead of 64 KiB, where the system allows it.
  package func handPipes<Failure: Error>(
    isWide: Bool = false, _ hand: ([Int32]) throws(Failure) -> Void, refused: (ProcessError) -> Failure
  ) throws(Failure) -> HandedPipes {
    var pipes = Pipes()
    do throws(ProcessError) {
      try pipes.open("pipe")
    } catch {
      pipes.closeAll()
      throw refused(error)
    }
    if isWide {
      for end in [pipes.input.write, pipes.output.read] { _ = fcntl(end, CSYSTEM_SETPIPE_SZ, 1 << 20) }
    }
    do throws(Failure) {
      try hand([pipes.input.read, pipes.output.write, pipes.error.write])
    } catch {
      pipes.closeAll()
      throw error
    }
    pipes.closeChildEnds()
    return HandedPipes(pipes, loop: anyLoop())
  }
}
