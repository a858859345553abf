import Concurrency
import Glibc
import Synchronization

/// A server that reads a request's head and then says exactly the bytes it was told to, connection after connection.
final class ScriptedServer: Sendable {
  enum Step: Sendable {
    /// Waits for the end of a head.
    case head
    case say(String)
    /// Closes at once, as a process that dies does: with a reset where something was not read.
    case close
    /// Waits until the client leaves.
    case wait
    /// Waits for `goOn`.
    case hold
  }

  let port: UInt16
  let goOn = Gate()
  /// The first connection is over.
  let firstEnded = Gate()
  private let listener: Int32
  private let log = Mutex<[String]>([])
  private let accepted = Atomic<Int>(0)

  /// - Parameter scripts: one for each connection, in the order they come; the last serves all that follow.
  init(_ scripts: [[Step]]) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.listener = listener
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(listener, raw, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, raw, &length) == 0
      }
    }
    guard bound else { throw RawClient.Unconnected() }
    port = UInt16(bigEndian: address.sin_port)
    try startThread(name: "scripted") { [self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        if descriptor < 0 { return }
        let number = accepted.add(1, ordering: .relaxed).oldValue
        play(scripts[min(number, scripts.count - 1)], descriptor)
        firstEnded.open()
      }
    }
  }

  /// What was received, a connection's after the other's.
  var heads: [String] { log.withLock { $0 } }
  var connections: Int { accepted.load(ordering: .relaxed) }

  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func play(_ script: [Step], _ descriptor: Int32) {
    defer { Glibc.close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 65536)
    for step in script {
      switch step {
      case .head:
        var text = ""
        while !text.contains("\r\n\r\n") {
          let count = recv(descriptor, &buffer, buffer.count, 0)
          if count <= 0 { return }
          text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        log.withLock { $0.append(text) }
      case .say(let text):
        let bytes = Array(text.utf8)
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      case .close: return
      case .hold: while !goOn.isOpen { sched_yield() }
      case .wait: while recv(descriptor, &buffer, buffer.count, 0) > 0 {}
      }
    }
  }
}
