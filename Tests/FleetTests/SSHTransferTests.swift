import Domain
import Fleet
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
