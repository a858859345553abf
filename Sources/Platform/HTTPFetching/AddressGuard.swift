import CCurl
import Glibc

/// Keeps a request away from addresses it must not reach.
///
/// It stands where the socket is made, behind the resolver: what a name means is decided there and only
/// there.
enum AddressGuard {
  /// - Parameter refused: becomes true where an address was refused; outlives the handle.
  static func install(
    _ reach: FetchRequest.Reach, on easy: UnsafeMutableRawPointer, refused: UnsafeMutablePointer<Bool>
  ) {
    switch reach {
    case .anywhere: return
    case .notThisLink: ccurl_set_open_socket(easy, openOffLink)
    case .publicOnly: ccurl_set_open_socket(easy, openPublic)
    }
    ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, refused)
    // A kept connection was made under another rule, and a proxy would connect for us.
    ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
    ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
    ccurl_set_string(easy, CURLOPT_NOPROXY, "*")
  }

  private static let openOffLink: ccurl_open_socket_callback = { context, _, address in
    open(address, context) { $0 == .special }
  }

  private static let openPublic: ccurl_open_socket_callback = { context, _, address in
    open(address, context) { $0 != .open }
  }

  private static func open(
    _ address: UnsafeMutablePointer<curl_sockaddr>?, _ context: UnsafeMutableRawPointer?,
    refusing: (Kind) -> Bool
  ) -> curl_socket_t {
    guard let address else { return ccurl_bad_socket() }
    if refusing(kind(of: address)) {
      context?.assumingMemoryBound(to: Bool.self).pointee = true
      return ccurl_bad_socket()
    }
    return socket(
      address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
      address.pointee.protocol)
  }

  /// Read through a pointer to where curl keeps it: what is behind the member is longer than its type.
  private static func kind(of address: UnsafeMutablePointer<curl_sockaddr>) -> Kind {
    guard let place = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return .special }
    let start = UnsafeRawPointer(address) + place
    switch address.pointee.family {
    case AF_INET where address.pointee.addrlen >= MemoryLayout<sockaddr_in>.size:
      return kind(v4: Array(UnsafeRawBufferPointer(start: start + 4, count: 4)))
    case AF_INET6 where address.pointee.addrlen >= MemoryLayout<sockaddr_in6>.size:
      return kind(v6: Array(UnsafeRawBufferPointer(start: start + 8, count: 16)))
    default: return .special
    }
  }

  /// What lies at an address.
  enum Kind { case open, inside, special }

  /// By the IANA registries of special-purpose addresses.
  static func kind(v4 bytes: [UInt8]) -> Kind {
    switch (bytes[0], bytes[1]) {
    case (10, _), (127, _), (172, 16...31), (192, 168), (100, 64...127): .inside
    case (0, _), (169, 254), (198, 18...19), (224..., _): .special
    case (192, 0) where bytes[2] == 0: .special
    default: .open
    }
  }

  static func kind(v6 bytes: [UInt8]) -> Kind {
    // Addresses that hold an IPv4 one are as good as that: mapped, translated (64:ff9b::/96), 6to4.
    let front = bytes.prefix(12)
    if front.elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
      || front.elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
    {
      return kind(v4: Array(bytes.suffix(4)))
    }
    if bytes.prefix(2).elementsEqual([0x20, 0x02]) { return kind(v4: Array(bytes[2..<6])) }
    if front.allSatisfy({ $0 == 0 }) { return bytes[12...].elementsEqual([0, 0, 0, 1]) ? .inside : .special }
    if bytes[0] & 0xFE == 0xFC { return .inside }
    // Of the rest only global unicast is anyone's, and Teredo hides an address in itself.
    if bytes.prefix(4).elementsEqual([0x20, 0x01, 0, 0]) { return .special }
    return bytes[0] & 0xE0 == 0x20 ? .open : .special
  }
}
