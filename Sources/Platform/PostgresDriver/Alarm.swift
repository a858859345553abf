import CPostgres
import Glibc
import SQLAccess

/// A pipe by which another thread wakes the one that waits for the server.
final class Alarm: SQLInterrupting {
  let reading: Int32
  private let writing: Int32

  init() throws(SQLError) {
    var ends: [Int32] = [0, 0]
    guard luthier_pipe(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else {
      throw SQLError(.inputOutput, "no descriptor is left for a connection")
    }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    close(writing)
  }

  func interrupt() {
    var byte: UInt8 = 1
    _ = write(writing, &byte, 1)
  }

  /// Forgets an interrupt that came too late.
  func clear() {
    var bytes = [UInt8](repeating: 0, count: 16)
    while read(reading, &bytes, bytes.count) > 0 {}
  }
}
