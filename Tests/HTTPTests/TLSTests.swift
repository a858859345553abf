import Concurrency
import EventLoop
import Glibc
import HTTPServing
import Testing

/// The side of TLS that needs no client who speaks it; the rest is tried with a real one, end to end.
struct TLSTests {
  /// A certificate and a key of its own, gone when the body returns.
  private static func withFiles(_ body: (TLSFiles) async throws -> Void) async throws {
    let base = "/tmp/luthier-tls-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let files = TLSFiles(certificate: base + ".pem", key: base + ".key")
    let command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
      + "-keyout \(files.key) -out \(files.certificate) 2>/dev/null"
    let process = try #require(popen(command, "r"))
    #expect(pclose(process) == 0)
    defer {
      unlink(files.certificate)
      unlink(files.key)
    }
    try await body(files)
  }

  @Test func `who does not shake hands is let go`() async throws {
    try await Self.withFiles { files in
      try await LiveServer.run(
        configure: {
          $0.tls = files
          $0.handshakeTimeout = .milliseconds(100)
        }, handler: { _ in .text("reached") }
      ) { live in
        // Nothing; the first bytes of a handshake; a request that is not encrypted.
        for bytes: [UInt8] in [[], [22, 3, 1, 2, 0], Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)] {
          let client = try live.connect()
          if !bytes.isEmpty { try await client.send(bytes) }
          #expect(!(try await client.readAll()).contains("reached"))
        }
        while live.server.connectionCount > 0 { try await live.loops.loops[1].sleep(for: .milliseconds(5)) }
      }
    }
  }

  @Test func `files that are no certificate and key are told by name`() async throws {
    try await Self.withFiles { files in
      let loops = try EventLoopGroup(count: 1)
      defer { loops.stop() }
      for (wrong, word) in [
        (TLSFiles(certificate: files.key, key: files.key), "certificate in \(files.key)"),
        (
          TLSFiles(certificate: files.certificate, key: files.certificate),
          "private key in \(files.certificate)"
        ),
        (TLSFiles(certificate: "/nowhere.pem", key: files.key), "/nowhere.pem cannot be read"),
      ] {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.tls = wrong
        let server = HTTPServer(
          configuration: configuration, loops: loops, blocking: try BlockingPool(threads: 1)
        ) { _ in .empty() }
        let error = #expect(throws: ServerError.self) { try server.start() }
        #expect(error?.code == .certificate)
        #expect(error?.description.contains(word) == true, "\(error as Any)")
      }
    }
  }
}
