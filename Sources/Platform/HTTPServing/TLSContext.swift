import COpenSSL
import Glibc

/// A certificate and its key, as files.
package struct TLSFiles: Sendable, Equatable {
  /// The server's certificate and those between it and a known authority, in PEM.
  package let certificate: String
  /// Its private key in PEM, without a passphrase.
  package let key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// What all TLS connections of a server share: its certificate and key, read once.
final class TLSContext: @unchecked Sendable {
  // @unchecked: set up in `init` and only read afterwards; sessions count their references to it under OpenSSL's
  // own lock.
  private let handle: OpaquePointer

  /// Reads the files.
  ///
  /// Throws `ServerError` with code `.certificate`, which names the file.
  init(_ files: TLSFiles) throws(ServerError) {
    for path in [files.certificate, files.key] where access(path, R_OK) != 0 {
      let reason = String(cString: strerror(errno))
      throw ServerError(code: .certificate, description: "\(path) cannot be read: \(reason)", errno: errno)
    }
    guard let handle = copenssl_server_context() else {
      throw ServerError(code: .certificate, description: "TLS is not to be had: \(Self.lastError)", errno: 0)
    }
    let failure = copenssl_use_files(handle, files.certificate, files.key)
    guard failure == 0 else {
      let reason = Self.lastError
      SSL_CTX_free(handle)
      let description =
        switch failure {
        case 1: "the certificate in \(files.certificate) cannot be used: \(reason)"
        case 2: "the private key in \(files.key) cannot be used: \(reason)"
        default: "the key in \(files.key) is not that of the certificate in \(files.certificate)"
        }
      throw ServerError(code: .certificate, description: description, errno: 0)
    }
    self.handle = handle
  }

  deinit { SSL_CTX_free(handle) }

  /// Nil where there is no memory for it.
  func session(on descriptor: Int32) -> TLSSession? {
    guard let session = SSL_new(handle) else { return nil }
    guard SSL_set_fd(session, descriptor) == 1 else {
      SSL_free(session)
      return nil
    }
    return TLSSession(session)
  }

  private static var lastError: String { String(cString: copenssl_last_error()) }
}

/// TLS on one non-blocking socket; on its connection's loop only.
final class TLSSession {
  private let handle: OpaquePointer
  /// After an error nothing more may be said, not even farewell.
  private var isBroken = false

  fileprivate init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { SSL_free(handle) }

  /// Goes on with the handshake: more than zero once it is done, else as `receive`.
  func accept() -> Int { note(copenssl_accept(handle)) }

  /// As the system's `recv`, with what stands in one record at most: 0 at the end, -errno where it failed.
  func receive(_ room: UnsafeMutableRawPointer, _ count: Int) -> Int {
    note(copenssl_read(handle, room, Int32(clamping: count)))
  }

  /// As the system's `send`; what was refused once must stand first again.
  func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    let sent = note(copenssl_write(handle, bytes, Int32(clamping: count)))
    return sent == 0 ? -Int(EPIPE) : sent
  }

  /// Says that nothing more is sent.
  func finish() {
    if !isBroken { _ = SSL_shutdown(handle) }
  }

  private func note(_ outcome: Int) -> Int {
    if outcome < 0 && outcome != -Int(EAGAIN) { isBroken = true }
    return outcome
  }
}
