import Domain
@testable import Fleet
import FoundationEssentials
import Glibc
import Storage
import Synchronization
import Testing

/// Files over several sessions of one connection, and what an sshd allows of them.
@Suite(.enabled(if: SSHLab.isHere, "openssh-server is not installed"), .timeLimit(.minutes(3)))
struct SSHTransferTests {
  /// 40 MB that no part of resembles another.
  static func bytes(_ count: Int) -> [UInt8] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      for index in 0..<count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        buffer[index] = UInt8(truncatingIfNeeded: state >> 33)
      }
      filled = count
    }
  }

  @Test(arguments: [10, 3, 2])
  func `a large file arrives whole over as many sessions as the host allows`(most: Int) async throws {
    try await withLab(options: ["MaxSessions \(most)"]) { lab async throws in
      let bytes = Self.bytes(40_000_000)
      let file = try await StoredFile.make(lab.folder, bytes)
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let path = host.description.userDataDirectory + "/u/datasets/a.json"
        let told = Mutex<[TransferProgress]>([])
        // Another wait for the same sessions: neither fails.
        async let other: Void = host.place(file.key, contentHash: file.hash, at: path + ".2")
        try await host.place(file.key, contentHash: file.hash, at: path) { progress in
          told.withLock { $0.append(progress) }
        }
        try await other
        #expect(contents(path) == bytes && contents(path + ".2") == bytes)
        #expect(try names(host.description.userDataDirectory + "/u/datasets") == ["a.json", "a.json.2"])
        let states = told.withLock(\.self)
        #expect(states.allSatisfy { $0.total == 40_000_000 && $0.sent <= $0.total })
        #expect(states.count > 10 && states.contains { $0.sent == $0.total })
        // The agent was answered all the while, and still is.
        #expect(try await host.freePort() > 0)
      }
    }
  }

  @Test func `a host that allows one session only says so, and still runs jobs`() async throws {
    try await withLab(options: ["MaxSessions 1"]) { lab async throws in
      let file = try await StoredFile.make(lab.folder, [1, 2, 3])
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let path = host.description.userDataDirectory + "/u/datasets/a.json"
        let error = try await refusal {
          try await host.place(file.key, contentHash: file.hash, at: path)
        }
        #expect(error.code == .hostFailed && error.message.contains("only one session"))
        #expect(error.hint?.contains("MaxSessions") == true)
        try await host.write([1], to: path)
        #expect(try await host.freePort() > 0)
      }
    }
  }

  @Test func `a large file cut on its way sends again only what the host cannot verify`() async throws {
    try await withLab { lab async throws in
      let bytes = Self.bytes(40_000_000)
      let file = try await StoredFile.make(lab.folder, bytes)
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let folder = host.description.userDataDirectory + "/u/datasets"
        let state = Mutex<(wasCut: Bool, least: Int64)>((false, .max))
        try await host.place(file.key, contentHash: file.hash, at: folder + "/a.json") { progress in
          let cut = state.withLock { state -> Bool in
            // Counts begin anew from what the host could verify.
            if state.wasCut, progress.sent < state.least { state.least = progress.sent }
            if state.wasCut || progress.sent < 36_000_000 { return false }
            state.wasCut = true
            return true
          }
          if cut {
            // Until several chunks are recorded, the cut would test nothing.
            let journal = folder + "/.luthier-\(file.hash).journal"
            while (contents(journal)?.count { $0 == 10 } ?? 0) < 5 { usleep(1_000) }
            #expect(contents(folder + "/a.json") == nil)
            for process in lab.masters { kill(process, SIGKILL) }
          }
        }
        #expect(contents(folder + "/a.json") == bytes && state.withLock(\.wasCut))
        #expect(state.withLock(\.least) > 5 << 20)
        #expect(try names(folder) == ["a.json"])
      }
    }
  }

  @Test func `a model comes back as a whole archive and as a part of one file`()
    async throws
  {
    try await withLab { lab async throws in
      try put("echo Welcome", lab.home + "/.bashrc")
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let folder = host.description.userDataDirectory + "/u/models/m"
        try await host.write(Array("{}".utf8), to: folder + "/config.json")
        try await host.write(Array("left out".utf8), to: folder + "/attempts/1/train.log")
        let weights = Self.bytes(9_000_000)
        try Data(weights).write(to: URL(filePath: folder + "/model.safetensors"))
        let files = try await host.modelFiles(in: folder)
        #expect(files.map(\.name) == ["config.json", "model.safetensors"])
        let part = try await collect(host.contents(of: files[1], in: folder, range: 8_000_000..<9_000_000))
        #expect(part == Array(weights[8_000_000...]))
        let archive = try await host.archive(of: folder, named: "m")
        try Data(
          try await collect(host.contents(of: archive, in: folder, range: 0..<archive.size))
        ).write(to: URL(filePath: lab.folder + "/m.tar"))
        _ = try await output("/bin/tar", ["-xf", lab.folder + "/m.tar", "-C", lab.folder])
        #expect(contents(lab.folder + "/m/model.safetensors") == weights)
        #expect(try names(lab.folder + "/m") == ["config.json", "model.safetensors"])
        symlink("/etc/hostname", folder + "/out")
        let refused = try await refusal { _ = try await host.archive(of: folder, named: "m") }
        #expect(refused.code == .forbidden)
        unlink(folder + "/out")
        // Nothing is left of a stream that nobody reads any more.
        var pieces = Optional(try await host.contents(of: archive, in: folder, range: 0..<archive.size))
        #expect(pieces != nil && !lab.programs("send").isEmpty)
        pieces = nil
        try await until { lab.programs("send").isEmpty }
      }
    }
  }

  @Test(arguments: [10, 3, 2])
  func `a download over as many sessions as the host allows goes on after a cut with the next byte`(most: Int)
    async throws
  {
    try await withLab(options: ["MaxSessions \(most)"]) { lab async throws in
      try await withSSHHost(lab) { host async throws in
        let (folder, archive, whole) = try await model(on: host, lab, bytes: 40_000_000)
        #expect(whole.count == Int(archive.size))
        // Any part of it is the same bytes.
        for range in [0..<1, 511..<5_000_000, archive.size - 1..<archive.size, 7..<7] as [Range<Int64>] {
          let part = try await collect(host.contents(of: archive, in: folder, range: range))
          #expect(part == Array(whole[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
        var found: [UInt8] = []
        var cuts = 0
        for try await piece in try await host.contents(of: archive, in: folder, range: 0..<archive.size) {
          found += piece
          if found.count > (cuts + 1) * 12_000_000 {
            cuts += 1
            lab.cutConnections()
          }
        }
        #expect(cuts == 3 && found == whole)
        try await until { lab.programs("send").isEmpty }
      }
    }
  }

  @Test func `a download that cannot go on is never short in silence`() async throws {
    try await withLab { lab async throws in
      try await withSSHHost(lab) { host async throws in
        let (folder, archive, _) = try await model(on: host, lab, bytes: 40_000_000)
        // The files are others after the cut: what is there and what would come do not fit together.
        let changed = try await refusal {
          var isCut = false
          for try await _ in try await host.contents(of: archive, in: folder, range: 0..<archive.size) {
            if !isCut {
              try put("another", folder + "/config.json")
              lab.cutConnections()
            }
            isCut = true
          }
        }
        #expect(changed.code == .conflict)
        try await untilAnswering(host)
        let (_, again, _) = try await model(on: host, lab, bytes: 40_000_000)
        let lost = try await refusal {
          var isCut = false
          for try await _ in try await host.contents(of: again, in: folder, range: 0..<again.size) {
            if !isCut { await lab.stop() }
            isCut = true
          }
        }
        #expect(lost.code == .hostUnreachable)
      }
    }
  }

  @Test func `more sessions are used over a distance only`() {
    #expect(TransferWidth.sessions(roundTrip: .microseconds(80)) == 1)
    #expect(TransferWidth.sessions(roundTrip: .milliseconds(7)) == 2)
    #expect(TransferWidth.sessions(roundTrip: .milliseconds(40)) == 7)
    #expect(TransferWidth.sessions(roundTrip: .seconds(3)) == SessionBudget.usual - TransferWidth.spare)
  }

  @Test func `the data folder is known before the next connection, and a way to a port is taken down`()
    async throws
  {
    try await withLab { lab async throws in
      try await withSSHHost(lab) { host async throws in
        _ = try await host.facts()
        let port = try await host.freePort()
        let address = try await host.address(ofPort: port)
        let local = try #require(address.split(separator: ":").last.map(String.init))
        #expect(try await isTaken(local))
        await host.closeAddress(ofPort: port)
        #expect(try await !isTaken(local))
        await host.closeAddress(ofPort: port)
      }
      await lab.stop()
      try await withSSHHost(lab) { host async throws in
        #expect(host.description.userDataDirectory == lab.home + "/.luthier/users")
      }
      // Another setting is not what was found for the first.
      try await withSSHHost(lab, root: "~/other") { host async throws in
        #expect(host.description.userDataDirectory == "~/other")
      }
    }
  }
}

/// Puts a model on a host: its folder, its archive, and the archive's bytes.
private func model(on host: SSHHost, _ lab: SSHLab, bytes count: Int) async throws
  -> (folder: String, archive: ModelArchive, bytes: [UInt8])
{
  _ = try await host.facts()
  let folder = host.description.userDataDirectory + "/u/models/m"
  try await host.write(Array("{}".utf8), to: folder + "/config.json")
  try Data(SSHTransferTests.bytes(count)).write(to: URL(filePath: folder + "/model.safetensors"))
  let archive = try await host.archive(of: folder, named: "m")
  let pieces = try await host.contents(of: archive, in: folder, range: 0..<archive.size)
  return (folder, archive, try await collect(pieces))
}

private func collect(_ pieces: AsyncThrowingStream<[UInt8], any Error>) async throws -> [UInt8] {
  var bytes: [UInt8] = []
  for try await piece in pieces { bytes += piece }
  return bytes
}

/// Whether something listens at a port of this machine's loopback.
private func isTaken(_ port: String) async throws -> Bool {
  let text = "import socket,sys; print(socket.socket().connect_ex(('127.0.0.1', int(sys.argv[1]))))"
  return try await output("/usr/bin/python3", ["-c", text, port]).hasPrefix("0")
}

/// A file in a lab's store, and its SHA-256.
struct StoredFile: Sendable {
  let key: BlobKey
  let hash: String

  static func make(_ folder: String, _ bytes: [UInt8]) async throws -> StoredFile {
    let store = try makeStore(folder + "/blobs")
    let key = BlobKey(userID: UserID.make(), filename: "a.json")
    let writer = try await store.create(for: key.userID)
    for start in stride(from: 0, to: bytes.count, by: 1_000_000) {
      try await writer.write(Array(bytes[start..<min(start + 1_000_000, bytes.count)]))
    }
    _ = try await writer.commit(as: key)
    return StoredFile(key: key, hash: try await sha256(ofFile: store.path(of: key)))
  }
}
