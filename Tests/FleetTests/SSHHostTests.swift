import Domain
import Fleet
import FoundationEssentials
import Glibc
import ProcessRunning
import Storage
import Synchronization
import TestPrograms
import Testing

/// Real logins over a real sshd on the loopback.
@Suite(.enabled(if: SSHLab.isHere, "openssh-server is not installed"), .timeLimit(.minutes(2)))
struct SSHHostTests {
  private let quickStop = [
    StopStep(signal: "TERM", target: .all, wait: 1), StopStep(signal: "KILL", target: .all, wait: 1),
  ]

  @Test func `a login by key sends the agent once and tells where the data lies`() async throws {
    try await withLab { lab async throws in
      let notices = Notices()
      let key = "key \(try await lab.fingerprint("host"))"
      for _ in 0..<2 {
        try await withSSHHost(lab, notices: notices) { host async throws in
          let facts = try await host.facts()
          #expect(facts.cpuCount >= 1 && facts.python.hasPrefix("3."))
          #expect(host.description.userDataDirectory == lab.home + "/.luthier/users")
          try await host.write([1, 2], to: lab.home + "/.luthier/users/u/x")
        }
        #expect(lab.masters.isEmpty)
      }
      #expect(notices.all == [key, "agent"])
      #expect(contents(lab.home + "/.luthier/users/u/x") == [1, 2])
      let agents = try names(lab.home + "/.luthier/agent")
      #expect(agents.count == 1)
      // A damaged copy is not trusted.
      try put("print('another')", lab.home + "/.luthier/agent/" + agents[0])
      try await withSSHHost(lab, notices: notices) { host async throws in _ = try await host.facts() }
      #expect(notices.all == [key, "agent", "agent"])
      #expect(contents(lab.home + "/.luthier/agent/" + agents[0]) == contents(TestRooms.agentScript))
      #expect(try names(lab.folder + "/run") == [])
    }
  }

  @Test func `a greeting of the login shell does not disturb`() async throws {
    try await withLab { lab async throws in
      try put("echo Welcome; printf 'no line end'", lab.home + "/.bashrc")
      try await withSSHHost(lab) { host async throws in
        #expect(try await host.freePort() > 0)
        let path = lab.home + "/.luthier/users/u/datasets/a"
        let (store, key, hash) = try await self.stored(lab, [1, 2, 3])
        _ = store
        try await host.place(key, contentHash: hash, at: path)
        #expect(contents(path) == [1, 2, 3])
      }
    }
  }

  @Test func `a changed host key is refused with both fingerprints, and nothing is sent`() async throws {
    try await withLab { lab async throws in
      try await withSSHHost(lab) { host async throws in _ = try await host.facts() }
      await lab.stop()
      try await lab.serve(hostKey: "other")
      let (recorded, shown) = (try await lab.fingerprint("host"), try await lab.fingerprint("other"))
      try await withSSHHost(lab) { host async throws in
        let error = try await refusal { _ = try await host.facts() }
        #expect(error.code == .hostUnreachable && error.hint?.contains("docs/hosts.md") == true)
        #expect(error.message.contains("recorded \(recorded), shown \(shown)"))
      }
      await lab.stop()
      try await lab.serve()
      try await withSSHHost(lab) { host async throws in _ = try await host.facts() }
    }
  }

  @Test func `each way a login can fail has its own words`() async throws {
    try await withLab { lab async throws in
      func told(
        port: UInt16? = nil, host: String = "127.0.0.1",
        environment: [String: String] = ["PATH": "/usr/bin:/bin"]
      ) async throws -> DomainError {
        try await withSSHHost(lab, port: port, host: host, environment: environment) { host async throws in
          try await refusal { _ = try await host.facts() }
        }
      }
      let closed = try await told(port: try await freePort())
      #expect(closed.message.contains("Nothing listens") && closed.hint?.contains("SSH_PORT") == true)
      #expect(try await told(host: "no-such-host.invalid").message.contains("name is not known"))
      #expect(try await told(environment: ["PATH": "/none"]).hint?.contains("openssh-client") == true)
      try put("", lab.folder + "/authorized_keys")
      let refused = try await told()
      #expect(refused.message.contains("refused the key") && refused.code == .hostUnreachable)
      #expect(refused.detail?.contains("Permission denied") == true && !refused.message.contains(lab.folder))
      unlink(lab.folder + "/id")
      #expect(try await told().message.contains("not there"))
      #expect(lab.masters.isEmpty)
    }
  }

  @Test func `a key with a passphrase is told, and opened where the passphrase is given`() async throws {
    try await withLab { lab async throws in
      _ = try await output(
        "/usr/bin/ssh-keygen", ["-q", "-p", "-P", "", "-N", "let me in", "-f", lab.folder + "/id"])
      try await withSSHHost(lab) { host async throws in
        let error = try await refusal { _ = try await host.facts() }
        #expect(error.hint?.contains("passphrase") == true)
      }
      try await withSSHHost(lab, password: "let me in") { host async throws in _ = try await host.facts() }
    }
  }

  @Test(.enabled(if: SSHLab.isRoot, "making a user with a password needs root"))
  func `a password lets in and is seen nowhere, a wrong one is refused once`() async throws {
    try await withTestUser("pass \"w$rd' é") { user async throws in
      try await withLab(options: ["PasswordAuthentication yes", "PubkeyAuthentication no"]) {
        lab async throws in
        chown(lab.home, user.id, user.id)
        try await withSSHHost(lab, user: user.name, key: false, password: user.password) {
          host async throws in
          _ = try await host.facts()
          for process in lab.masters {
            let seen =
              commandLine(process)
              + String(decoding: contents("/proc/\(process)/environ") ?? [], as: UTF8.self)
            #expect(!seen.contains("w$rd"))
          }
          #expect(!(try names(lab.folder + "/run")).contains("secret"))
        }
        let notices = Notices()
        try await withSSHHost(lab, user: user.name, key: false, password: "wrong", notices: notices) {
          host async throws in
          let error = try await refusal { _ = try await host.facts() }
          #expect(
            error.message.contains("user name or the password") && !error.debugDescription.contains("wrong"))
          #expect(try await refusal { _ = try await host.facts() }.message == error.message)
        }
        #expect(!(try names(lab.folder + "/run")).contains("secret"))
      }
    }
  }

  @Test func `a master killed harms no job, and the connection comes back`() async throws {
    try await withLab { lab async throws in
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let job = JobSpec(
          directory: host.description.userDataDirectory + "/u/j", arguments: ["/bin/sleep", "1000"],
          stop: self.quickStop)
        let pid = try #require(try await host.launch(job).processID)
        var changes = try await host.watch(job.directory, files: []).makeAsyncIterator()
        _ = try await changes.next()
        let before = lab.masters
        #expect(before.count == 1)
        for process in before { kill(process, SIGKILL) }
        do {
          while try await changes.next() != nil {}
          Issue.record("the watch ended without an error")
        } catch {
          #expect((error as? DomainError)?.code == .hostUnreachable)
        }
        #expect(try await host.status(of: [job.directory])[0].processID == pid)
        #expect(lab.masters.count == 1 && lab.masters != before)
        _ = try await host.stop(job.directory)
        try await until { try await host.status(of: [job.directory])[0].state == .ended }
        #expect(!isAlive(pid))
      }
      #expect(lab.masters.isEmpty)
    }
  }

  @Test func `a peer that falls silent is noticed by the connection itself, and replaced`() async throws {
    try await withLab { lab async throws in
      let notices = Notices()
      try await withSSHHost(lab, notices: notices) { host async throws in
        _ = try await host.facts()
        var changes = try await host.watch(lab.home + "/none", files: []).makeAsyncIterator()
        _ = try await changes.next()
        let frozen = lab.freezeConnections()
        #expect(!frozen.isEmpty)
        do {
          while try await changes.next() != nil {}
          Issue.record("the watch ended without an error")
        } catch {
          #expect((error as? DomainError)?.code == .hostUnreachable)
        }
        #expect(try await host.freePort() > 0)
        for process in frozen { kill(process, SIGKILL) }
      }
      #expect(notices.all.contains { $0.hasPrefix("lost") && $0.contains("no longer answered") })
    }
  }

  @Test func `the trainer is looked for in the work folder of the host`() async throws {
    try await withLab { lab async throws in
      let command = lab.home + "/work/.venv/bin/llamafactory-cli"
      try FileManager.default.createDirectory(
        atPath: lab.home + "/work/.venv/bin", withIntermediateDirectories: true)
      try writeProgram("#!/bin/sh\necho usage\n", to: command)
      try await withSSHHost(lab, trainer: TrainerLocation(workDirectory: "~/work")) { host async throws in
        #expect(try await host.trainer(thorough: true).command == command)
      }
    }
  }

  @Test func `a master that a killed server left is ended before another starts`() async throws {
    try await withLab { lab async throws in
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let left = lab.masters
        try await withSSHHost(lab) { second async throws in
          _ = try await second.facts()
          #expect(Set(lab.masters).isDisjoint(with: left))
        }
      }
      // A socket nobody listens at is no hindrance.
      let made = try await output(
        "/usr/bin/python3",
        ["-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", lab.folder + "/run/m"])
      #expect(made.isEmpty)
      try await withSSHHost(lab) { host async throws in _ = try await host.facts() }
    }
  }

  @Test func `a run is followed over cut connections, every byte once, and stopped`() async throws {
    try await withLab { lab async throws in
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let job = host.description.userDataDirectory + "/u/models/t"
        let log = job + "/train.log"
        let script = "i=0; while [ $i -lt 100000 ]; do echo \"step $i\"; i=$((i+1)); sleep 0.002; done"
        _ = try await host.launch(
          JobSpec(directory: job, arguments: ["/bin/sh", "-c", script], stop: self.quickStop))
        var received: [UInt8] = []
        for round in 0..<3 {
          let wanted = received.count + 500
          do {
            for try await change in try await host.watch(job, files: [log]) {
              while change.sizes[0] > received.count {
                received += try await host.read(log, from: Int64(received.count), limit: 1 << 16).bytes
              }
              if received.count > wanted { lab.cutConnections() }
            }
          } catch {
            #expect((error as? DomainError)?.code == .hostUnreachable, "round \(round)")
          }
          // It may take longer than a request waits.
          try await untilAnswering(host)
        }
        _ = try await host.stop(job)
        try await until { try await host.status(of: [job])[0].state == .ended }
        let status = try await host.status(of: [job])[0]
        #expect(status.stopped)
        while status.logSize > received.count {
          received += try await host.read(log, from: Int64(received.count), limit: 1 << 16).bytes
        }
        #expect(received == contents(log))
        let lines = String(decoding: received, as: UTF8.self).split(separator: "\n")
        #expect(lines.count > 100 && lines.enumerated().allSatisfy { $0.element == "step \($0.offset)" })
      }
    }
  }

  @Test func `a file is placed whole, not twice, and never half under its name`() async throws {
    try await withLab { lab async throws in
      let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
      let (store, key, hash) = try await self.stored(lab, bytes)
      let blobs = CountedBlobs(store)
      try await withSSHHost(lab, blobs: blobs) { host async throws in
        _ = try await host.facts()
        let path = host.description.userDataDirectory + "/u/datasets/a.json"
        try await host.place(key, contentHash: hash, at: path)
        #expect(contents(path) == bytes)
        try await host.place(key, contentHash: hash, at: path)
        #expect(blobs.starts == [0])
        let wrong = try await refusal {
          try await host.place(key, contentHash: String(repeating: "0", count: 64), at: path + "2")
        }
        #expect(wrong.code == .hostFailed && wrong.message.contains("did not arrive whole"))
        #expect(try await host.list(host.description.userDataDirectory + "/u/datasets") == ["a.json"])
        let outside = try await refusal { try await host.place(key, contentHash: hash, at: lab.home + "/x") }
        #expect(outside.code == .forbidden)
        #expect(contents(lab.home + "/x") == nil)
      }
    }
  }

  @Test func `a file cut on its way goes on from where it was`() async throws {
    try await withLab { lab async throws in
      let bytes = (0..<6_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
      let (store, key, hash) = try await self.stored(lab, bytes)
      let datasets = lab.home + "/.luthier/users/u/datasets"
      let blobs = CountedBlobs(store) { reading, sent in
        guard reading == 1, sent > 3_000_000 else { return }
        // Until part of it is really there, the cut would test nothing.
        while (((try? names(datasets)) ?? []).compactMap { contents(datasets + "/" + $0)?.count }.max() ?? 0)
          < 2_500_000
        {
          usleep(1_000)
        }
        #expect(contents(datasets + "/a.json") == nil)
        for process in lab.masters { kill(process, SIGKILL) }
      }
      try await withSSHHost(lab, blobs: blobs) { host async throws in
        try await host.place(key, contentHash: hash, at: datasets + "/a.json")
        #expect(contents(datasets + "/a.json") == bytes)
        #expect(try names(datasets) == ["a.json"])
        #expect(blobs.starts.count == 2 && blobs.starts[0] == 0 && blobs.starts[1] >= 1 << 20)
      }
    }
  }

  @Test func `a port of the host is reached, also after the connection came back, and not after the end`()
    async throws
  {
    try await withLab { lab async throws in
      let address = try await withSSHHost(lab) { host async throws in
        let port = try await host.freePort()
        let root = host.description.userDataDirectory
        try await host.write(Array("over ssh".utf8), to: root + "/www/index.html")
        let job = JobSpec(
          directory: root + "/j",
          arguments: [
            "/usr/bin/python3", "-m", "http.server", "\(port)", "--bind", "127.0.0.1", "--directory",
            root + "/www",
          ], stop: self.quickStop)
        _ = try await host.launch(job)
        let address = try await host.address(ofPort: port)
        #expect(try await host.address(ofPort: port) == address)
        #expect(!address.hasSuffix(":\(port)"))
        try await until { try await self.get(address) == "over ssh" }
        for process in lab.masters { kill(process, SIGKILL) }
        try await until { (try? await host.address(ofPort: port)) != nil }
        #expect(try await host.address(ofPort: port) == address)
        try await until { try await self.get(address) == "over ssh" }
        _ = try await host.stop(job.directory)
        try await until { try await host.status(of: [job.directory])[0].state == .ended }
        return address
      }
      #expect(try await self.get(address) == nil)
    }
  }

  @Test func `the user's configuration names the host, the port and the key`() async throws {
    try await withLab { lab async throws in
      try put(
        "Host gpu-room\n HostName 127.0.0.1\n Port \(lab.port)\n IdentityFile \(lab.folder)/id\n LocalForward 1 x:1\n",
        lab.folder + "/ssh_config")
      let settings = try SSHConnectionSettings(
        host: "gpu-room", configurationFile: lab.folder + "/ssh_config")
      #expect("\(settings)" == "gpu-room")
      try await withSSHHost(lab, key: false, port: lab.port, host: "gpu-room") { host async throws in
        _ = try await host.facts()
      }
    }
  }

  @Test func `what is no host name never becomes an option, and a password is not printed`() throws {
    for name in [
      "", "-oProxyCommand=touch x", "a b", "a\nb", "$(x)", "a;b", "u@h", String(repeating: "a", count: 300),
    ] {
      #expect(throws: DomainError.self) { try SSHConnectionSettings(host: name) }
    }
    #expect(throws: DomainError.self) { try SSHConnectionSettings(host: "h", user: "-l") }
    #expect(throws: DomainError.self) { try SSHConnectionSettings(host: "h", password: "a\nb") }
    let settings = try SSHConnectionSettings(host: "h", user: "u", password: "secret-word")
    var dumped = ""
    dump(settings, to: &dumped)
    #expect(!"\(settings) \(String(reflecting: settings)) \([settings])\(dumped)".contains("secret-word"))
  }

  /// The page at an address; nil where there is none.
  private func get(_ address: String) async throws -> String? {
    let text =
      "import sys, urllib.request as u; sys.stdout.write(u.urlopen(sys.argv[1], timeout=9).read().decode())"
    let process = try TestRooms.spawner().start(
      Command(executable: "/usr/bin/python3", arguments: ["-c", text, address], environment: [:]))
    var bytes: [UInt8] = []
    while let piece = try await process.read() { bytes += piece }
    return try await process.exitStatus() == .exited(0) ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// A file in the lab's store, and its SHA-256.
  private func stored(_ lab: SSHLab, _ bytes: [UInt8]) async throws -> (any BlobStoring, BlobKey, String) {
    let store = try makeStore(lab.folder + "/blobs")
    let user = UserID.make()
    let key = BlobKey(userID: user, filename: "a.json")
    let writer = try await store.create(for: user)
    for start in stride(from: 0, to: bytes.count, by: 100_000) {
      try await writer.write(Array(bytes[start..<min(start + 100_000, bytes.count)]))
    }
    _ = try await writer.commit(as: key)
    return (store, key, try await sha256(ofFile: store.localPath(of: key) ?? ""))
  }
}

/// A store that tells from where it was read, and calls before each piece.
private final class CountedBlobs: BlobStoring {
  private let store: any BlobStoring
  private let before: @Sendable (_ reading: Int, _ sent: Int) -> Void
  private let state = Mutex<[Int64]>([])
  var starts: [Int64] { state.withLock { $0 } }

  init(_ store: any BlobStoring, before: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) {
    self.store = store
    self.before = before
  }

  func create(for user: UserID) async throws(DomainError) -> any BlobWriting {
    try await store.create(for: user)
  }
  func localPath(of key: BlobKey) -> String? { store.localPath(of: key) }
  func size(of key: BlobKey) async throws(DomainError) -> Int64 { try await store.size(of: key) }
  func lend(
    _ key: BlobKey, contentHash: String, progress: @Sendable (TransferProgress) -> Void,
    _ body: (String) async throws(DomainError) -> Void
  ) async throws(DomainError) {
    try await store.lend(key, contentHash: contentHash, progress: progress, body)
  }
  func remove(_ key: BlobKey) async throws(DomainError) { try await store.remove(key) }

  func read(_ key: BlobKey, range: Range<Int64>) async throws(DomainError)
    -> AsyncThrowingStream<[UInt8], any Error>
  {
    let reading = state.withLock { starts in
      starts.append(range.lowerBound)
      return starts.count
    }
    let pieces = Pieces(try await store.read(key, range: range))
    let before = before
    return AsyncThrowingStream {
      before(reading, await pieces.sent)
      return try await pieces.next()
    }
  }

  private actor Pieces {
    private(set) var sent = 0
    private var rest: [[UInt8]]?
    private let stream: AsyncThrowingStream<[UInt8], any Error>

    init(_ stream: AsyncThrowingStream<[UInt8], any Error>) { self.stream = stream }

    func next() async throws -> [UInt8]? {
      if rest == nil {
        var all: [[UInt8]] = []
        for try await piece in stream { all.append(piece) }
        rest = all
      }
      guard rest?.isEmpty == false, let piece = rest?.removeFirst() else { return nil }
      sent += piece.count
      return piece
    }
  }
}

struct TestUser: Sendable {
  let name: String
  let id: UInt32
  let password: String
}

/// Lends a system user with a password; only for root.
func withTestUser<Value>(_ password: String, _ body: (TestUser) async throws -> Value) async throws -> Value {
  let name = "lft" + randomUUID().prefix(8).lowercased()
  let hash = try await output("/usr/bin/openssl", ["passwd", "-6", password])
  _ = try await output(
    "/usr/sbin/useradd",
    ["-M", "-d", "/nonexistent", "-s", "/bin/sh", "-p", String(hash.split(separator: "\n")[0]), name])
  let id = try await output("/usr/bin/id", ["-u", name])
  let user = TestUser(name: name, id: try #require(UInt32(id.split(separator: "\n")[0])), password: password)
  do {
    let value = try await body(user)
    _ = try await output("/usr/sbin/userdel", [name])
    return value
  } catch {
    _ = try? await output("/usr/sbin/userdel", [name])
    throw error
  }
}
