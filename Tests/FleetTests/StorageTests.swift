import Concurrency
import Domain
import FoundationEssentials
import Glibc
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct StorageTests {
  private let user = UserID(rawValue: "u1")

  private func key(_ name: String) -> BlobKey { BlobKey(userID: user, filename: name) }

  private func store(_ text: String, as name: String, in store: LocalFolderStore) async throws -> BlobReceipt
  {
    let upload = try await store.create(for: user)
    try await upload.write([UInt8](text.utf8))
    return try await upload.commit(as: key(name))
  }

  private func everything(_ stream: AsyncThrowingStream<[UInt8], any Error>) async throws -> [UInt8] {
    try await stream.reduce(into: []) { $0 += $1 }
  }

  @Test func `a file is invisible until it is whole, then private and complete`() async throws {
    try await withFolder { folder async throws in
      let store = try makeStore(folder + "/root")
      let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
      let upload = try await store.create(for: user)
      for start in stride(from: 0, to: bytes.count, by: 65536) {
        try await upload.write(Array(bytes[start..<min(start + 65536, bytes.count)]))
      }
      #expect(try await store.exists(key("d é.json")) == false)
      let receipt = try await upload.commit(as: key("d é.json"))
      #expect(receipt == BlobReceipt(size: 700_000, contentHash: OrderDigest.of(bytes)))
      #expect(try await store.exists(key("d é.json")))
      #expect(store.path(of: key("d é.json")) == folder + "/root/u1/datasets/d é.json")
      #expect(contents(store.path(of: key("d é.json"))) == bytes)
      #expect(try names(folder + "/root/u1/.uploads").isEmpty)
      var about = stat()
      #expect(stat(store.path(of: key("d é.json")), &about) == 0)
      #expect(about.st_mode & 0o777 == 0o600)
      #expect(try await everything(store.read(key("d é.json"), range: 0..<700_000)) == bytes)
      #expect(
        try await everything(store.read(key("d é.json"), range: 300_000..<300_003))
          == Array(bytes[300_000..<300_003]))
      #expect(
        try await everything(store.read(key("d é.json"), range: 699_999..<9_000_000)) == [bytes[699_999]])
      await upload.abandon()
      #expect(try await store.exists(key("d é.json")))
    }
  }

  @Test func `a file that comes in parts grows at its end and outlives the store`() async throws {
    try await withFolder { folder async throws in
      let thread = try QueueExecutor(name: "parts")
      let part = PartKey(userID: user, id: UploadID(rawValue: "p1"))
      let parts = LocalParts(root: folder, executor: thread)
      #expect(try await parts.length(of: part) == nil)
      #expect(try await refusal { _ = try await parts.append(to: part) }.code == .notFound)
      try await parts.make(part)
      for text in ["one ", "two"] {
        let writer = try await parts.append(to: part)
        try await writer.write([UInt8](text.utf8))
        await writer.close()
        await writer.close()
        let error = try await refusal { try await writer.write([1]) }
        #expect(error.code == .internalFault)
      }
      // A server that starts clears drafts away, and not this.
      _ = try makeStore(folder)
      let later = LocalParts(root: folder, executor: thread)
      #expect(try await later.length(of: part) == 7)
      #expect(await later.parts() == [part])
      #expect(try await everything(later.read(part, range: 2..<100)) == [UInt8]("e two".utf8))
      try await later.remove(part)
      try await later.remove(part)
      #expect(await later.parts() == [])
      for hostile in ["../x", "a/b", "", "."] {
        let outside = PartKey(userID: user, id: UploadID(rawValue: hostile))
        #expect(try await refusal { try await parts.make(outside) }.code == .notFound)
      }
    }
  }

  @Test func `a name in use is a conflict, and another name may follow`() async throws {
    try await withFolder { folder async throws in
      let store = try makeStore(folder)
      _ = try await self.store("one", as: "a.json", in: store)
      let upload = try await store.create(for: user)
      try await upload.write([UInt8]("two".utf8))
      #expect(try await refusal { _ = try await upload.commit(as: key("a.json")) }.code == .conflict)
      #expect(contents(store.path(of: key("a.json"))) == [UInt8]("one".utf8))
      _ = try await upload.commit(as: key(SafeFilename.numbered("a.json", 2)))
      #expect(contents(store.path(of: key("a (2).json"))) == [UInt8]("two".utf8))
      #expect(try await refusal { _ = try await upload.commit(as: key("b.json")) }.code == .internalFault)
    }
  }

  @Test func `of many commits to one name exactly one wins`() async throws {
    try await withFolder { folder async throws in
      let store = try LocalFolderStore(
        root: folder, executors: [try QueueExecutor(name: "a"), try QueueExecutor(name: "b")]
      ) { OrderDigest() }
      let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<20 {
          group.addTask {
            do {
              _ = try await self.store("\(number)", as: "same", in: store)
              return true
            } catch let error as DomainError where error.code == .conflict {
              return false
            }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(wins == 1)
      #expect(try names(folder + "/u1/.uploads").isEmpty)
    }
  }

  @Test func `an upload abandoned or dropped leaves nothing`() async throws {
    try await withFolder { folder async throws in
      let store = try makeStore(folder)
      var upload: (any BlobWriting)? = try await store.create(for: user)
      try await upload?.write([1])
      await upload?.abandon()
      let failure = try await refusal { try await upload?.write([1]) }
      #expect(failure.code == .internalFault)
      #expect(try names(folder + "/u1/.uploads").isEmpty)
      upload = try await store.create(for: user)
      #expect(try names(folder + "/u1/.uploads").count == 1)
      upload = nil
      try await until { try names(folder + "/u1/.uploads").isEmpty }
    }
  }

  @Test func `left-over uploads are cleared at start, living ones are not`() async throws {
    try await withFolder { folder async throws in
      let first = try makeStore(folder)
      let upload = try await first.create(for: user)
      try await upload.write([7])
      try put("left", folder + "/u1/.uploads/left")
      try FileManager.default.createDirectory(
        atPath: folder + "/.other/.uploads", withIntermediateDirectories: true)
      try put("not ours", folder + "/.other/.uploads/keep")
      _ = try makeStore(folder)
      #expect(try names(folder + "/u1/.uploads").count == 1)
      _ = try await upload.commit(as: key("a"))
      #expect(contents(folder + "/u1/datasets/a") == [7])
      #expect(contents(folder + "/.other/.uploads/keep") != nil)
    }
  }

  @Test(arguments: [
    "../a", "a/b", ".", "..", "", ".hidden", "a\0", "a\nb", String(repeating: "x", count: 201),
  ])
  func `a hostile name touches nothing`(name: String) async throws {
    try await withFolder { folder async throws in
      let store = try makeStore(folder + "/root")
      let upload = try await store.create(for: user)
      try await upload.write([1])
      #expect(try await refusal { _ = try await upload.commit(as: key(name)) }.code == .invalidInput)
      #expect(try await refusal { _ = try await store.read(key(name), range: 0..<1) }.code == .notFound)
      #expect(try await store.exists(key(name)) == false)
      try await store.remove(key(name))
      let stranger = BlobKey(userID: UserID(rawValue: "../u1"), filename: "a")
      #expect(try await refusal { _ = try await store.create(for: stranger.userID) }.code == .invalidInput)
      #expect(try await refusal { _ = try await upload.commit(as: stranger) }.code == .invalidInput)
      await upload.abandon()
      #expect(try names(folder) == ["root"])
      #expect(try names(folder + "/root/u1") == [".uploads"])
    }
  }

  @Test func `a link in the folder is not followed`() async throws {
    try await withFolder { folder async throws in
      let store = try makeStore(folder + "/root")
      _ = try await self.store("x", as: "a", in: store)
      try put("secret", folder + "/secret")
      symlink(folder + "/secret", folder + "/root/u1/datasets/link")
      #expect(try await store.exists(key("link")) == false)
      #expect(
        try await refusal { _ = try await store.read(key("link"), range: 0..<9) }.code == .internalFault)
      try await store.remove(key("link"))
      #expect(contents(folder + "/secret") == [UInt8]("secret".utf8))
    }
  }

  @Test func `a removed file is gone, and removing it again is harmless`() async throws {
    try await withFolder { folder async throws in
      let store = try makeStore(folder)
      _ = try await self.store("x", as: "a", in: store)
      try await store.remove(key("a"))
      try await store.remove(key("a"))
      #expect(try await store.exists(key("a")) == false)
      #expect(try await refusal { _ = try await store.read(key("a"), range: 0..<1) }.code == .notFound)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "mounts a small file system"))
  func `a full disk is told, and nothing of the file stays`() async throws {
    try await withFolder { folder async throws in
      guard (try? await output("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder])) != nil
      else { return }
      do {
        let store = try makeStore(folder)
        let upload = try await store.create(for: user)
        let full = try await refusal {
          while true { try await upload.write([UInt8](repeating: 1, count: 65536)) }
        }
        #expect(full.code == .storageFull && full.hint != nil)
        #expect(try names(folder + "/u1/.uploads").isEmpty)
        // A process that another test is starting may hold the draft's descriptor for a moment.
        try await until { (try? await self.store("fits again", as: "a", in: store)) != nil }
      }
      _ = try await output("/usr/bin/umount", ["-l", folder])
    }
  }

  @Test func `a root that cannot be made is an error`() throws {
    let executor = try QueueExecutor(name: "files")
    #expect(throws: DomainError.self) {
      try LocalFolderStore(root: "/proc/none", executors: [executor]) { OrderDigest() }
    }
  }
}
