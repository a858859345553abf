import Domain
import FoundationEssentials
import Glibc
import ProcessRunning
import Testing

@testable import Fleet

/// Ways to ports of a host whose sshd forwards none.
@Suite(.enabled(if: SSHLab.isHere, "openssh-server is not installed"), .timeLimit(.minutes(3)))
struct SSHPortTests {
  @Test(arguments: [10, 2])
  func `a port of a host that forbids forwarding is reached, streams, and is closed`(sessions: Int)
    async throws
  {
    try await withLab(options: ["AllowTcpForwarding no", "MaxSessions \(sessions)"]) { lab async throws in
      let last = try await withSSHHost(lab) { host async throws in
        let port = try await host.freePort()
        let address = try await host.address(ofPort: port)
        // Nothing listens there yet: a connection that ends, as with any service that is not up.
        #expect(try await self.fetch(address).contains("RemoteDisconnected"))
        let job = try await self.serve(lab, host, port)
        try await until { try await self.fetch(address) == "200 300000 True" }
        #expect(try await host.address(ofPort: port) == address)

        let events = try self.start(Self.reader, [address + "/events"])
        #expect(try await events.read() == Array("data: 1\n".utf8))
        try put("", lab.folder + "/gate")
        #expect(try await events.read() == Array("data: 2\n".utf8))
        #expect(try await events.exitStatus() == .exited(0))
        #expect(try await self.fetch(address) == "200 300000 True")

        for process in lab.masters { kill(process, SIGKILL) }
        try await until { (try? await host.address(ofPort: port)) == address }
        try await until { try await self.fetch(address) == "200 300000 True" }

        // A stream that goes on is ended with its way.
        unlink(lab.folder + "/gate")
        let open = try self.start(Self.reader, [address + "/events"])
        #expect(try await open.read() == Array("data: 1\n".utf8))
        #expect(!self.splices(lab).isEmpty)
        await host.closeAddress(ofPort: port)
        #expect(try await open.read() == nil)
        #expect(try await self.fetch(address).contains("ConnectionRefused"))
        try await until { self.splices(lab).isEmpty }

        let again = try await host.address(ofPort: port)
        #expect(try await self.fetch(again) == "200 300000 True")
        try put("", lab.folder + "/gate")
        _ = try await host.stop(job)
        try await until { try await host.status(of: [job])[0].state == .ended }
        return again
      }
      try await until { try await self.fetch(last).contains("ConnectionRefused") }
      try await until { self.splices(lab).isEmpty }
    }
  }

  @Test func `a port where nothing listens yet is forwarded by ssh all the same`() async throws {
    try await withLab { lab async throws in
      try await withSSHHost(lab) { host async throws in
        let port = try await host.freePort()
        let address = try await host.address(ofPort: port)
        let job = try await self.serve(lab, host, port)
        try await until { try await self.fetch(address) == "200 300000 True" }
        let events = try self.start(Self.reader, [address + "/events"])
        #expect(try await events.read() == Array("data: 1\n".utf8))
        #expect(self.splices(lab).isEmpty)
        try put("", lab.folder + "/gate")
        _ = try await host.stop(job)
        try await until { try await host.status(of: [job])[0].state == .ended }
      }
    }
  }

  @Test func `what ssh says of refused channels is read also in parts`() {
    let words = SSHWords()
    words.note(Array("Warning: channel 1: open failed: x\nchannel 2: open failed: connect ".utf8))
    #expect(words.refusedChannels == 0)
    words.note(Array("failed: Connection refused\n".utf8))
    #expect(words.refusedChannels == 1 && !words.isForbidden)
    words.note(Array("channel 3: open failed: administratively prohibited: open failed\n".utf8))
    #expect(words.refusedChannels == 2 && words.isForbidden)
    #expect(
      MuxRequest.connectPort(id: 2, RemotePlace("127.0.0.1", 80)).bytes
        == [0, 0, 0, 29, 16, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 9] + Array("127.0.0.1".utf8)
        + [0, 0, 0, 80])
  }

  /// A service on the host; its job's folder.
  private func serve(_ lab: SSHLab, _ host: SSHHost, _ port: Int) async throws -> String {
    try put(Self.service, lab.folder + "/service.py")
    let job = JobSpec(
      directory: host.description.userDataDirectory + "/j",
      arguments: ["/usr/bin/python3", lab.folder + "/service.py", "\(port)", lab.folder + "/gate"],
      stop: [StopStep(signal: "KILL", target: .all, wait: 1)])
    _ = try await host.launch(job)
    return job.directory
  }

  private func splices(_ lab: SSHLab) -> [Int32] {
    lab.programs("splice")
  }

  private func start(_ program: String, _ arguments: [String]) throws -> ChildProcess {
    try TestRooms.spawner().start(
      Command(executable: "/usr/bin/python3", arguments: ["-c", program] + arguments, environment: [:]))
  }

  /// The status, the length and whether the body is right; or the name of the error.
  private func fetch(_ address: String) async throws -> String {
    let process = try start(Self.getter, [address])
    var bytes: [UInt8] = []
    while let piece = try await process.read() { bytes += piece }
    _ = try await process.exitStatus()
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let getter = """
    import sys, urllib.request as u
    try:
        answer = u.urlopen(sys.argv[1], timeout=30)
        body = answer.read()
        sys.stdout.write("%d %d %s" % (answer.status, len(body), body == b"xyz" * 100000))
    except Exception as problem:
        sys.stdout.write(repr(problem))
    """

  private static let reader = """
    import sys, urllib.request as u
    for line in u.urlopen(sys.argv[1], timeout=60):
        if line.strip():
            sys.stdout.write(line.decode())
            sys.stdout.flush()
    """

  private static let service = """
    import http.server, os, socketserver, sys, time

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            if self.path != "/events":
                return self.wfile.write(b"xyz" * 100000)
            self.wfile.write(b"data: 1\\n\\n")
            while not os.path.exists(sys.argv[2]):
                time.sleep(0.005)
            self.wfile.write(b"data: 2\\n\\n")

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True

    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    """
}
