import CSystem
import Glibc

/// Who is at the other end of a connection.
struct PeerAddress: Sendable {
  /// What connections are counted by: an IPv4 address, or the 64 bits of an IPv6 address that a site gives away
  /// freely within.
  struct Network: Hashable, Sendable {
    let bits: UInt64
    let isIPv6: Bool
  }

  /// The numeric address without its port; `unix` for a local socket.
  let text: String
  /// Nil for a local socket.
  let network: Network?
  let isLoopback: Bool

  init(_ address: sockaddr_storage) {
    switch Int32(address.ss_family) {
    case AF_INET: self.init(IPv4: Self.bytes(address, at: 4, count: 4))
    case AF_INET6:
      // Behind family, port and flow label.
      let bytes = Self.bytes(address, at: 8, count: 16)
      let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]
      // An IPv4 client of a `::` listener.
      if bytes.starts(with: mapped) { self.init(IPv4: Array(bytes[12...])) } else { self.init(IPv6: bytes) }
    default: self.init(text: "unix", network: nil, isLoopback: true)
    }
  }

  private init(text: String, network: Network?, isLoopback: Bool) {
    self.text = text
    self.network = network
    self.isLoopback = isLoopback
  }

  private init(IPv4 bytes: [UInt8]) {
    self.init(
      text: Self.text(AF_INET, bytes), network: Network(bits: Self.number(bytes), isIPv6: false),
      isLoopback: bytes[0] == 127)
  }

  private init(IPv6 bytes: [UInt8]) {
    self.init(
      text: Self.text(AF_INET6, bytes), network: Network(bits: Self.number(bytes[..<8]), isIPv6: true),
      isLoopback: bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1)
  }

  private static func bytes(_ address: sockaddr_storage, at offset: Int, count: Int) -> [UInt8] {
    withUnsafeBytes(of: address) { Array($0[offset..<(offset + count)]) }
  }

  private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func text(_ family: Int32, _ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "unknown" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
