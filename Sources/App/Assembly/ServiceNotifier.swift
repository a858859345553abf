import Concurrency
import EventLoop
import Glibc

/// Tells a service manager how the server stands, by systemd's protocol (sd_notify(3)): datagrams to the socket
/// that `NOTIFY_SOCKET` names.
///
/// Without that variable it says nothing. Nothing it cannot send keeps the server from working.
package struct ServiceNotifier: Sendable {
  private let address: sockaddr_un
  private let length: socklen_t
  /// How often the manager wants to hear that the server lives; nil where it does not ask.
  package let interval: Duration?

  /// Nil where nobody asked, or where the address cannot be one.
  ///
  /// - Parameter environment: the process's own; a file of settings has no say in this.
  package init?(environment: [String: String]) {
    guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else {
      return nil
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var name = Array(path.utf8)
    // An abstract name begins with a zero byte.
    if path.hasPrefix("@") { name[0] = 0 }
    guard name.count > 1, name.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    self.address = address
    let offset = MemoryLayout.offset(of: \sockaddr_un.sun_path) ?? 2
    length = socklen_t(offset + name.count + (path.hasPrefix("@") ? 0 : 1))
    let isMeant = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
    interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap {
      isMeant && $0 > 0 ? .microseconds($0) : nil
    }
  }

  /// The server listens.
  package func ready(at place: String) { send("READY=1\nSTATUS=Serving \(place)") }

  /// The server ends, in order.
  package func stopping() { send("STOPPING=1\nSTATUS=Ending") }

  /// Says twice in each interval that the server lives, but only when every loop has just done a piece of work: one
  /// that hangs answers nobody, and the manager is to start it anew.
  func watch(_ loops: [EventLoop]) async {
    guard let interval else { return }
    while !Task.isCancelled {
      let turn = loops.map { loop in
        let done = Gate()
        loop.execute { done.open() }
        return done
      }
      do {
        try await withTimeout(interval) { for done in turn { try await done.wait() } }
        send("WATCHDOG=1")
      } catch is TimeoutError {
        continue
      } catch {
        return
      }
      do { try await Task.sleep(for: interval / 2) } catch { return }
    }
  }

  private func send(_ text: String) {
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    _ = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
      }
    }
  }
}
