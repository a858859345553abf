import CSodium

/// Unpredictable bytes from the kernel.
package enum SecureRandom {
  package static func bytes(_ count: Int) -> [UInt8] {
    Sodium.ready()
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
  }
}
