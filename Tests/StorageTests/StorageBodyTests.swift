import Domain
@testable import Storage
import Testing

/// P20+: the same over a folder of this machine and over object stores, those of others among them.
@Suite(.timeLimit(.minutes(2))) struct StorageBodyTests {
  private let user = UserID(rawValue: "u1")

  private func key(_ name: String) -> BlobKey { BlobKey(userID: user, filename: name) }

  @Test(arguments: Kind.here)
  func `a file is invisible until it is whole, is read in ranges, and goes`(kind: Kind) async throws {
    try await Ground.run(kind) { ground in
      let store = ground.store
      let bytes = sample(700_000)
      let upload = try await store.create(for: user)
      try await upload.write(bytes)
      let key = key("d é+%&=(2) 数据.jsonl")
      #expect(try await refusal { _ = try await store.size(of: key) }.code == .notFound)
      #expect(try await refusal { _ = try await store.read(key, range: 0..<1) }.code == .notFound)
      let receipt = try await upload.commit(as: key)
      #expect(receipt == BlobReceipt(size: 700_000, contentHash: hashOf(bytes)))
      #expect(try await store.size(of: key) == 700_000)
      let read = try await everything(store.read(key, range: 0..<700_000))
      #expect(isSame(read, bytes))
      #expect(
        try await everything(store.read(key, range: 300_000..<300_003)) == Array(bytes[300_000..<300_003]))
      #expect(try await everything(store.read(key, range: 699_999..<9_000_000)) == [bytes[699_999]])
      #expect(try await everything(store.read(key, range: 700_000..<700_001)) == [])
      await upload.abandon()
      #expect(try await store.size(of: key) == 700_000)
      #expect(names(ground.folder + "/users/u1/.uploads").isEmpty)
      try await store.remove(key)
      try await store.remove(key)
      #expect(try await refusal { _ = try await store.size(of: key) }.code == .notFound)
    }
  }

  @Test(arguments: Kind.here)
  func `a name in use is a conflict, and another name may follow`(kind: Kind) async throws {
    try await Ground.run(kind) { ground in
      _ = try await write([1], as: key("a.json"), to: ground.store)
      let upload = try await ground.store.create(for: user)
      try await upload.write([2, 2])
      #expect(try await refusal { _ = try await upload.commit(as: key("a.json")) }.code == .conflict)
      #expect(try await ground.store.size(of: key("a.json")) == 1)
      _ = try await upload.commit(as: key("a (2).json"))
      #expect(try await ground.store.size(of: key("a (2).json")) == 2)
      #expect(try await refusal { _ = try await upload.commit(as: key("b.json")) }.code == .internalFault)
      for hostile in ["../x", "a/b", "", ".hidden"] {
        let other = try await ground.store.create(for: user)
        #expect(try await refusal { _ = try await other.commit(as: key(hostile)) }.code == .invalidInput)
        await other.abandon()
      }
    }
  }

  @Test(arguments: Kind.here)
  func `of many commits to one name exactly one wins`(kind: Kind) async throws {
    try await Ground.run(kind) { ground in
      let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<8 {
          group.addTask {
            do {
              _ = try await write([UInt8(number)], as: key("same"), to: ground.store)
              return true
            } catch let error as DomainError where error.code == .conflict {
              return false
            }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(wins == 1)
      #expect(names(ground.folder + "/users/u1/.uploads").isEmpty)
    }
  }

  @Test(arguments: Kind.here)
  func `a file of several parts is lent as it came`(kind: Kind) async throws {
    try await Ground.run(kind) { ground in
      let bytes = sample(12 << 20)
      let upload = try await ground.store.create(for: user)
      try await upload.write(bytes)
      let receipt = try await upload.commit(as: key("large.jsonl"))
      #expect(receipt.contentHash == hashOf(bytes))
      let found = Pieces()
      try await ground.store.lend(key("large.jsonl"), contentHash: receipt.contentHash, progress: { _ in }) {
        path throws(DomainError) in found.take(path)
      }
      #expect(isSame(found.bytes, bytes))
      #expect(
        try await everything(ground.store.read(key("large.jsonl"), range: 5_242_870..<5_242_890))
          == Array(bytes[5_242_870..<5_242_890]))
      if let client = ground.client {
        let facts = try await S3Objects(client: client).facts(of: "team/a/u1/datasets/large.jsonl")
        #expect(facts?.contentHash == receipt.contentHash)
      }
    }
  }

  @Test(.enabled(if: Kind.areInstalled, "scripts/install-object-stores was not run"))
  func `another's store refuses a wrong key, and the operator is told so`() async throws {
    try await Ground.run(.nanio) { ground in
      for (keyID, secret, cure) in [
        ("nobody", FakeStore.secret, "LUTHIER_S3_KEY_ID"),
        ("key-of-the-test", "wrong-secret", "LUTHIER_S3_SECRET_KEY"),
      ] {
        let wrong = try ground.other(S3Credentials(keyID: keyID, secret: secret))
        let fault = try await #require(throws: S3Probe.Fault.self) {
          _ = try await S3Probe(client: wrong, clock: WallClock { Timestamp(milliseconds: 0) }).run()
        }
        #expect(fault.cure.contains(cure))
      }
    }
  }
}
