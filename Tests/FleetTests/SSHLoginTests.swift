import Domain
import FoundationEssentials
import Glibc
import ProcessRunning
import Synchronization
import TestPrograms
import Testing

@testable import Fleet

/// The ways into a host beyond a plain key, and the limits of hosts, each against a real sshd.
@Suite(.enabled(if: SSHLab.isHere, "openssh-server is not installed"), .timeLimit(.minutes(3)))
struct SSHLoginTests {
  // MARK: Ways in

  @Test func `a host behind a jump host is reached, and a jump host never seen is told`() async throws {
    try await withLab { jump async throws in
      try await withLab { lab async throws in
        let known = lab.folder + "/jump_known"
        try put("", known)
        try put(
          """
          Host jump
            HostName 127.0.0.1
            Port \(jump.port)
            IdentityFile \(jump.folder)/id
            UserKnownHostsFile \(known)
            GlobalKnownHostsFile none
            StrictHostKeyChecking yes
          Host gpu-room
            HostName 127.0.0.1
            ProxyJump jump

          """, lab.folder + "/ssh_config")
        let notices = Notices()
        let unknown = try await withSSHHost(lab, host: "gpu-room", notices: notices) { host async throws in
          try await refusal { _ = try await host.facts() }
        }
        #expect(unknown.code == .hostUnreachable && unknown.message.contains("not known"))
        #expect(unknown.hint?.contains("jump hosts") == true)
        let key = try await output("/usr/bin/cut", ["-d", " ", "-f", "1,2", jump.folder + "/host.pub"])
        try put("[127.0.0.1]:\(jump.port) \(key)", known)
        try await withSSHHost(lab, host: "gpu-room", notices: notices) { host async throws in
          _ = try await host.facts()
          #expect(host.description.userDataDirectory.hasPrefix(lab.home))
          // It really goes through there: without it, nothing is left.
          jump.cutConnections()
          try await until { (try? await host.freePort()) != nil }
        }
        #expect(notices.all.contains("key \(try await lab.fingerprint("host"))"))
        #expect(notices.all.contains { $0.hasPrefix("lost") })
        expectNothingPrivate(notices, [lab.folder + "/id", jump.folder + "/id"])
      }
    }
  }

  @Test(.enabled(if: SSHLab.isRoot, "making a user with a password needs root"))
  func `a jump host that asks for a password never gets that of the host behind it`() async throws {
    try await withTestUser("f0r the last host") { user async throws in
      let asks = ["PasswordAuthentication yes", "PubkeyAuthentication no", "LogLevel VERBOSE"]
      try await withLab(options: asks) { jump async throws in
        try await withLab(options: asks) { lab async throws in
          chown(lab.home, user.id, user.id)
          let key = try await output("/usr/bin/cut", ["-d", " ", "-f", "1,2", jump.folder + "/host.pub"])
          try put("[127.0.0.1]:\(jump.port) \(key)", lab.folder + "/jump_known")
          try put(
            """
            Host jump
              HostName 127.0.0.1
              Port \(jump.port)
              User \(user.name)
              UserKnownHostsFile \(lab.folder)/jump_known
              GlobalKnownHostsFile none
            Host gpu-room
              HostName 127.0.0.1
              ProxyJump jump

            """, lab.folder + "/ssh_config")
          let notices = Notices()
          try await withSSHHost(
            lab, user: user.name, key: false, password: user.password, host: "gpu-room", notices: notices
          ) { host async throws in
            let refused = try await refusal { _ = try await host.facts() }
            #expect(refused.code == .hostUnreachable, "\(refused)")
          }
          // The password is right there as well: had it been sent, it would have let in. ssh sends an empty one.
          #expect(jump.said.contains("Connection from 127.0.0.1"))
          #expect(!jump.said.contains("Accepted"), "\(jump.said)")
          expectNothingPrivate(notices, ["f0r the last host"])
          // Without the jump host it is the right one.
          try await withSSHHost(lab, user: user.name, key: false, password: user.password, name: "2") {
            host async throws in _ = try await host.facts()
          }
        }
      }
    }
  }

  @Test func `an ssh-agent lends its key`() async throws {
    try await withLab { lab async throws in
      let socket = lab.folder + "/agent"
      let agent = try TestRooms.spawner().start(
        Command(
          executable: "/usr/bin/ssh-agent", arguments: ["-D", "-a", socket],
          environment: ["PATH": "/usr/bin:/bin"]))
      defer { agent.send(SIGKILL) }
      try await until { access(socket, F_OK) == 0 }
      let environment = ["PATH": "/usr/bin:/bin", "SSH_AUTH_SOCK": socket]
      let refused = try await withSSHHost(lab, key: false, environment: environment) { host async throws in
        try await refusal { _ = try await host.facts() }
      }
      #expect(refused.message.contains("refused the key") && refused.hint?.contains("ssh-agent") == true)
      _ = try await output(
        "/usr/bin/env", ["SSH_AUTH_SOCK=" + socket, "/usr/bin/ssh-add", "-q", lab.folder + "/id"])
      unlink(lab.folder + "/id")
      try await withSSHHost(lab, key: false, environment: environment) { host async throws in
        _ = try await host.facts()
      }
      await agent.end([TeardownStep(.signal(SIGTERM), wait: .seconds(2))])
    }
  }

  @Test func `a certificate lets in, and one whose time is over is told as that`() async throws {
    try await withLab { lab async throws in
      _ = try await output(
        "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", lab.folder + "/ca"])
      let authority = String(decoding: try #require(contents(lab.folder + "/ca.pub")), as: UTF8.self)
      try put("cert-authority " + authority, lab.folder + "/authorized_keys")
      let user = String(try await output("/usr/bin/id", ["-un"]).split(separator: "\n")[0])
      func sign(_ validity: String) async throws {
        _ = try await output(
          "/usr/bin/ssh-keygen",
          [
            "-q", "-s", lab.folder + "/ca", "-I", "test", "-n", user, "-V", validity, lab.folder + "/id.pub",
          ])
      }
      let notices = Notices()
      func told(key: Bool = true, _ environment: [String: String] = ["PATH": "/usr/bin:/bin"]) async throws
        -> DomainError
      {
        try await withSSHHost(lab, key: key, environment: environment, notices: notices) {
          host async throws in
          try await refusal { _ = try await host.facts() }
        }
      }
      try await sign("-1h:+1h")
      try await withSSHHost(lab, notices: notices) { host async throws in _ = try await host.facts() }
      try await sign("20200101:20200102")
      let expired = try await told()
      #expect(
        expired.code == .hostUnreachable && expired.message.contains("certificate expired on 2020-01-0"))
      #expect(expired.hint?.contains("signed anew") == true)
      try await sign("+10d:+20d")
      let early = try await told()
      #expect(early.message.contains("valid only from") && early.hint?.contains("clock") == true)
      // One that the user's configuration names is found as well.
      try await sign("20200101:20200102")
      try put("IdentityFile \(lab.folder)/id\n", lab.folder + "/ssh_config")
      #expect(try await told(key: false).message == expired.message)
      // A certificate in time that is refused is no matter of time.
      try await sign("-1h:+1h")
      try put("", lab.folder + "/authorized_keys")
      #expect(try await told().message.contains("refused the key"))
      expectNothingPrivate(notices, [lab.folder + "/id"])
    }
  }

  @Test func `the times of certificates are read as ssh-keygen writes them`() {
    let now = "2026-11-21T06:00:00"
    let past = "        Valid: from 2020-01-01T00:00:00 to 2020-01-02T00:00:00\n"
    let future = "        Valid: after 2027-01-01T00:00:00\n"
    #expect(SSHCertificates.problem(in: past, now: now) == .expired("2020-01-02T00:00:00"))
    #expect(SSHCertificates.problem(in: future, now: now) == .notYetValid("2027-01-01T00:00:00"))
    #expect(SSHCertificates.problem(in: past + "        Valid: forever\n", now: now) == nil)
    #expect(SSHCertificates.problem(in: "        Valid: before 2030-01-01T00:00:00\n", now: now) == nil)
    #expect(SSHCertificates.problem(in: "no certificate", now: now) == nil)
    #expect(SSHCertificates.utc(0) == "1970-01-01T00:00:00")
  }

  @Test(.enabled(if: SSHLab.isRoot, "making a user with a password needs root"))
  func `a password asked for by PAM lets in, a wrong one is refused`() async throws {
    try await withTestUser("ask me $twice") { user async throws in
      let options = ["UsePAM yes", "KbdInteractiveAuthentication yes", "PubkeyAuthentication no"]
      try await withLab(options: options) { lab async throws in
        chown(lab.home, user.id, user.id)
        let notices = Notices()
        try await withSSHHost(lab, user: user.name, key: false, password: user.password, notices: notices) {
          host async throws in
          _ = try await host.facts()
          #expect(host.description.userDataDirectory.hasPrefix(lab.home))
        }
        try await withSSHHost(lab, user: user.name, key: false, password: "wr0ng-word", notices: notices) {
          host async throws in
          let error = try await refusal { _ = try await host.facts() }
          #expect(error.code == .hostUnreachable && error.message.contains("user name or the password"))
          #expect(error.hint?.contains("SSH_PASSWORD") == true)
        }
        expectNothingPrivate(notices, ["ask me $twice", "wr0ng-word"])
        #expect(!notices.logged.isEmpty)
      }
    }
  }

  @Test func `a host that takes one login at a time lets all in by and by`() async throws {
    try await withLab(options: ["MaxStartups 1"]) { lab async throws in
      let notices = Notices()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...5 {
          group.addTask {
            try await withSSHHost(lab, notices: notices, name: "\(number)") { host async throws in
              try await untilAnswering(host)
            }
          }
        }
        try await group.waitForAll()
      }
      for error in notices.logged {
        #expect(error.code == .hostUnreachable && error.message == "The host closed the connection.")
        #expect(error.hint?.contains("tried again") == true)
      }
      expectNothingPrivate(notices, [lab.folder + "/id"])
    }
  }

  // MARK: Hosts that lack something

  @Test func `a host without Python, or with an old one, says so`() async throws {
    try await withLab { lab async throws in
      let bin = lab.folder + "/bin"
      try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
      // The host's own loop over its Pythons, with each at a place where none is.
      try writeProgram(
        """
        #!/bin/sh
        PATH=\(bin)
        eval "$(printf %s "$SSH_ORIGINAL_COMMAND" | /bin/sed 's#/usr/bin/python3#/none/a#; s#/usr/local/bin/python3#/none/b#')"

        """, to: lab.folder + "/force")
      let key = String(decoding: try #require(contents(lab.folder + "/id.pub")), as: UTF8.self)
      try put("command=\"\(lab.folder)/force\" \(key)", lab.folder + "/authorized_keys")
      let notices = Notices()
      func told() async throws -> DomainError {
        try await withSSHHost(lab, notices: notices) { host async throws in
          try await refusal { _ = try await host.facts() }
        }
      }
      let missing = try await told()
      #expect(missing.code == .hostFailed && missing.message == "Python 3 is missing on the host.")
      #expect(missing.hint?.contains("apt-get install python3") == true)
      // Our program as an older Python reads it.
      try writeProgram(
        """
        #!/bin/sh
        shift 4
        exec /usr/bin/python3 -I -c 'import sys; sys.version_info = (3, 5, 2); exec(sys.argv.pop(1))' "$@"

        """, to: bin + "/python3")
      let old = try await told()
      #expect(old.code == .hostFailed && old.message == "Python 3.5 on the host is too old.")
      #expect(old.hint?.contains("3.6") == true)
      expectNothingPrivate(notices, [lab.folder])
      #expect(!(try names(lab.home)).contains(".luthier"))
    }
  }

  @Test(.enabled(if: canMount, "mounting is not allowed here"))
  func `a full disk is told, loses the draft, and takes what fits`() async throws {
    try await withLab { lab async throws in
      try await withTmpfs(lab.folder + "/disk", "size=2m") { disk async throws in
        let bytes = SSHTransferTests.bytes(6_000_000)
        let (large, small) = (
          try await StoredFile.make(lab.folder, bytes),
          try await StoredFile.make(lab.folder, Array(bytes.prefix(300_000)))
        )
        let notices = Notices()
        try await withSSHHost(lab, root: disk + "/users", notices: notices) { host async throws in
          _ = try await host.facts()
          let path = disk + "/users/u/datasets/a.json"
          let error = try await refusal {
            try await host.place(large.key, contentHash: large.hash, at: path)
          }
          #expect(error.code == .storageFull && error.message == "The host's disk is full.")
          #expect(error.hint?.contains("Delete") == true && !error.message.contains(disk))
          #expect(try names(disk + "/users/u/datasets") == [])
          try await host.place(small.key, contentHash: small.hash, at: path)
          #expect(contents(path) == Array(bytes.prefix(300_000)))
        }
        expectNothingPrivate(notices, [lab.folder + "/id"])
      }
    }
  }

  @Test(.enabled(if: canMount, "mounting is not allowed here"))
  func `a data folder that may only be read is told, and the host is not taken for gone`() async throws {
    try await withLab { lab async throws in
      try await withTmpfs(lab.folder + "/disk", "size=1m,ro") { disk async throws in
        let notices = Notices()
        try await withSSHHost(lab, root: disk + "/users", notices: notices) { host async throws in
          let error = try await refusal { _ = try await host.facts() }
          #expect(error.code == .hostFailed && error.message == "The host's user may not do that.")
          #expect(error.hint?.contains("user data folder") == true && !error.message.contains(disk))
        }
        expectNothingPrivate(notices, [lab.folder + "/id"])
      }
    }
  }

  @Test(.enabled(if: canMount, "mounting is not allowed here"))
  func `a home without room for the agent is told`() async throws {
    try await withLab { lab async throws in
      try await withTmpfs(lab.home, "size=16k") { _ async throws in
        try await withSSHHost(lab, root: lab.folder + "/users") { host async throws in
          let error = try await refusal { _ = try await host.facts() }
          #expect(error.code == .storageFull && error.message == "The host's disk is full.")
        }
        #expect(((try? names(lab.home + "/.luthier/agent")) ?? []).isEmpty)
      }
    }
  }

  /// What a person or the log is told holds none of these.
  private func expectNothingPrivate(
    _ notices: Notices, _ secrets: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let told = notices.all + notices.logged.flatMap { [$0.message, $0.hint ?? "", $0.debugDescription] }
    for secret in secrets {
      #expect(!told.contains { $0.contains(secret) }, sourceLocation: sourceLocation)
    }
  }
}

/// Whether a file system can be mounted here.
private let canMount: Bool = {
  let folder = "/tmp/luthier-mount-" + randomUUID()
  mkdir(folder, 0o700)
  defer { rmdir(folder) }
  guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return false }
  umount2(folder, Int32(MNT_DETACH))
  return true
}()

/// Lends a small file system of its own at `folder`.
private func withTmpfs<Value>(_ folder: String, _ options: String, _ body: (String) async throws -> Value)
  async throws -> Value
{
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  _ = try await output("/usr/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder])
  do {
    let value = try await body(folder)
    _ = try await output("/usr/bin/umount", ["-l", folder])
    return value
  } catch {
    _ = try? await output("/usr/bin/umount", ["-l", folder])
    throw error
  }
}
