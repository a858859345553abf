import CSystem
import Glibc

/// A pipe by which another thread wakes the one that waits for a server.
package final class Alarm: SQLInterrupting {
  /// Readable where it was rung.
  package let reading: Int32
  private let writing: Int32

  package init() throws(SQLError) {
    var ends: [Int32] = [0, 0]
    guard csystem_pipe(&ends) == 0 else {
      throw SQLError(.inputOutput, "no descriptor is left for a connection")
    }
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    close(writing)
  }

  package func interrupt() {
    var byte: UInt8 = 1
    _ = write(writing, &byte, 1)
  }

  /// Forgets an interrupt that came too late.
  package func clear() {
    var bytes = [UInt8](repeating: 0, count: 16)
    while read(reading, &bytes, bytes.count) > 0 {}
  }
}
