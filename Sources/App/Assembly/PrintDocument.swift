import API
import Glibc

/// `luthier openapi`: prints what `/openapi.json` serves, without a server.
package enum PrintDocument {
  /// Returns the exit code: 0, 1 where it could not be written, 2 for a wrong command line.
  package static func run(_ arguments: [String]) -> Int32 {
    guard arguments.isEmpty else {
      write("luthier openapi takes no arguments.\n", to: 2)
      return 2
    }
    guard let bytes = try? APIDescription.json(version: Version.current) else { return 1 }
    return write(String(decoding: bytes, as: UTF8.self) + "\n", to: 1) ? 0 : 1
  }

  @discardableResult
  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
