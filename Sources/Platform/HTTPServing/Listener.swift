import CSystem
import Glibc

/// Why a server could not start.
package struct ServerError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    case addressInUse, addressUnavailable, permissionDenied, unknownHost, certificate, system
  }

  package let code: Code
  /// Safe to show; names the address.
  package let description: String
  /// The system's number, zero when it gave none.
  package let errno: Int32
}

/// A socket that clients connect to; its owner closes it once.
struct ListeningSocket: Sendable {
  let descriptor: Int32
  /// The file of a local socket, which goes with it.
  var path: String?

  func close() {
    Glibc.close(descriptor)
    if let path { unlink(path) }
  }
}

/// Opens listening sockets.
enum Listener {
  private static let localPrefix = "unix:"

  /// One non-blocking socket per address of `host`, all on the same port; zero is the port of a local socket.
  static func open(host: String, port: UInt16, backlog: Int32) throws(ServerError) -> (
    sockets: [ListeningSocket], port: UInt16
  ) {
    if host.hasPrefix(localPrefix) {
      return ([try openLocal(String(host.dropFirst(localPrefix.count)), backlog: backlog)], 0)
    }
    let (descriptors, bound) = try openNetwork(host: host, port: port, backlog: backlog)
    return (descriptors.map { ListeningSocket(descriptor: $0) }, bound)
  }

  /// A file that a server before this one left behind is replaced; one that somebody answers at is not.
  private static func openLocal(_ path: String, backlog: Int32) throws(ServerError) -> ListeningSocket {
    let other = csystem_connect_local(path)
    if other >= 0 {
      close(other)
      throw ServerError(
        code: .addressInUse, description: "\(path) is in use by another program", errno: EADDRINUSE)
    }
    if other == -ECONNREFUSED { unlink(path) }
    let descriptor = csystem_listen_local(path, backlog)
    guard descriptor >= 0 else {
      throw ServerError(
        code: descriptor == -EACCES ? .permissionDenied : .system,
        description: "cannot listen on \(path) (\(String(cString: strerror(-descriptor))))",
        errno: -descriptor)
    }
    return ListeningSocket(descriptor: descriptor, path: path)
  }

  private static func openNetwork(host: String, port: UInt16, backlog: Int32) throws(ServerError) -> (
    descriptors: [Int32], port: UInt16
  ) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else {
      throw ServerError(
        code: .unknownHost, description: "\(host) is not an address of this machine", errno: 0)
    }
    defer { freeaddrinfo(first) }
    var descriptors: [Int32] = []
    var bound = port
    var next: UnsafeMutablePointer<addrinfo>? = first
    do throws(ServerError) {
      while let info = next {
        descriptors.append(try open(info.pointee, host: host, port: &bound, backlog: backlog))
        next = info.pointee.ai_next
      }
    } catch {
      for descriptor in descriptors { close(descriptor) }
      throw error
    }
    return (descriptors, bound)
  }

  private static func open(_ info: addrinfo, host: String, port: inout UInt16, backlog: Int32)
    throws(ServerError) -> Int32
  {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(info.ai_family, kind, 0)
    guard descriptor >= 0 else { throw failure(host, port, errno) }
    _ = csystem_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    // So that `::` takes IPv4 clients as well, whatever the system's default.
    if info.ai_family == AF_INET6 {
      _ = csystem_set_option(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, host == "::" ? 0 : 1)
    }
    var address = sockaddr_storage()
    memcpy(&address, info.ai_addr, Int(info.ai_addrlen))
    let wanted = port.bigEndian
    let result = withUnsafeMutableBytes(of: &address) { raw -> Int32 in
      // The port has the same place in both address families.
      raw.storeBytes(of: wanted, toByteOffset: 2, as: UInt16.self)
      guard let base = raw.baseAddress else { return -1 }
      return bind(descriptor, base.assumingMemoryBound(to: sockaddr.self), info.ai_addrlen)
    }
    guard result == 0, listen(descriptor, backlog) == 0 else {
      let reason = errno
      close(descriptor)
      throw failure(host, port, reason)
    }
    port = boundPort(descriptor)
    return descriptor
  }

  private static func boundPort(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &address) { raw in
      guard let base = raw.baseAddress else { return 0 }
      getsockname(descriptor, base.assumingMemoryBound(to: sockaddr.self), &length)
      return UInt16(bigEndian: raw.load(fromByteOffset: 2, as: UInt16.self))
    }
  }

  private static func failure(_ host: String, _ port: UInt16, _ reason: Int32) -> ServerError {
    switch reason {
    case EADDRINUSE:
      ServerError(
        code: .addressInUse, description: "port \(port) on \(host) is in use by another program",
        errno: reason)
    case EADDRNOTAVAIL:
      ServerError(
        code: .addressUnavailable, description: "\(host) is not an address of this machine", errno: reason)
    case EACCES:
      ServerError(
        code: .permissionDenied, description: "port \(port) needs a privilege this user does not have",
        errno: reason)
    default:
      ServerError(
        code: .system, description: "cannot listen on \(host) port \(port) (errno \(reason))", errno: reason)
    }
  }
}
