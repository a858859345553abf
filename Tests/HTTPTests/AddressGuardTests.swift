@testable import HTTPFetching
import Testing

struct AddressGuardTests {
  @Test(arguments: [
    ([8, 8, 8, 8], "open"), ([172, 15, 0, 1], "open"), ([172, 32, 0, 1], "open"), ([192, 0, 1, 1], "open"),
    ([10, 1, 2, 3], "inside"), ([127, 9, 9, 9], "inside"), ([172, 16, 0, 1], "inside"),
    ([172, 31, 255, 255], "inside"), ([192, 168, 0, 1], "inside"), ([100, 64, 0, 1], "inside"),
    ([0, 0, 0, 0], "special"), ([169, 254, 169, 254], "special"), ([224, 0, 0, 1], "special"),
    ([255, 255, 255, 255], "special"), ([192, 0, 0, 8], "special"),
  ])
  func `an IPv4 address lies where the registry says`(bytes: [UInt8], kind: String) {
    #expect("\(AddressGuard.kind(v4: bytes))" == kind)
    // The same address in the clothes of an IPv6 one.
    #expect("\(AddressGuard.kind(v6: Array(repeating: 0, count: 10) + [0xFF, 0xFF] + bytes))" == kind)
    let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8) + bytes
    #expect("\(AddressGuard.kind(v6: translated))" == kind)
    #expect("\(AddressGuard.kind(v6: [0x20, 0x02] + bytes + Array(repeating: 0, count: 10)))" == kind)
  }

  @Test(arguments: [
    ([0x26, 0x06] as [UInt8], "open"), ([0xFC], "inside"), ([0xFD, 0x12], "inside"),
    ([0xFE, 0x80], "special"),
    ([0xFF, 0x02], "special"), ([], "special"), ([0x20, 0x01, 0, 0], "special"),
  ])
  func `an IPv6 address lies where the registry says`(front: [UInt8], kind: String) {
    let bytes = front + Array(repeating: 0, count: 15 - front.count) + [front.isEmpty ? 0 : 1]
    #expect("\(AddressGuard.kind(v6: bytes))" == kind)
  }

  @Test func `this machine's own address is inside`() {
    #expect(AddressGuard.kind(v6: Array(repeating: 0, count: 15) + [1]) == .inside)
  }
}
