import Concurrency
import Domain
import HTTPWire
@testable import Storage
import Synchronization
import Testing

/// P20+: what an object store may do wrong, and what comes of it.
@Suite(.timeLimit(.minutes(1))) struct S3FaultTests {
  private let key = BlobKey(userID: UserID(rawValue: "u1"), filename: "d é (2).jsonl")
  private let name = "team/a/u1/datasets/d é (2).jsonl"

  private func holds(_ store: FakeStore, _ bytes: [UInt8]) -> Bool { store.objects[name]?.bytes == bytes }

  /// Nothing half is left anywhere.
  private func expectClean(_ store: FakeStore, _ folder: String, objects: Int) {
    #expect(store.uploads.isEmpty)
    #expect(store.objects.count == objects)
    #expect(names(folder + "/journal").isEmpty)
    #expect(names(folder + "/users/u1/.uploads").isEmpty)
  }

  @Test(arguments: [0, 1, 1000, 1001, 4500])
  func `a file is there whole, with its hash, in as many parts as it needs`(size: Int) async throws {
    try await FakeStore.run { fake in
      try await withFolder { folder in
        let store = try makeStore(fake.s3(), folder)
        let bytes = sample(size)
        let receipt = try await write(bytes, as: key, to: store)
        #expect(receipt == BlobReceipt(size: Int64(size), contentHash: hashOf(bytes)))
        #expect(holds(fake, bytes))
        #expect(fake.objects[name]?.fields["x-amz-meta-luthier-sha256"] == hashOf(bytes))
        #expect(fake.seen.filter(\.isPart).count == (size <= 1000 ? 0 : (size + 999) / 1000))
        let read = try await everything(store.read(key, range: 0..<Int64.max))
        #expect(isSame(read, bytes))
        #expect(store.localPath(of: key) == nil)
        expectClean(fake, folder, objects: 1)
        try await store.remove(key)
        expectClean(fake, folder, objects: 0)
        #expect(try await refusal { _ = try await store.read(key, range: 0..<1) }.code == .notFound)
        #expect(try await refusal { _ = try await store.size(of: key) }.code == .notFound)
      }
    }
  }

  @Test(arguments: [
    FakeStore.Fault.answer(503, "SlowDown"), .answer(500, "InternalError"), .answer(400, "RequestTimeout"),
    .answer(400, "BadDigest"), .answer(400, "XAmzContentSHA256Mismatch"), .answer(429, "TooManyRequests"),
    .lost,
  ])
  func `a part that fails in passing is sent again, after longer and longer pauses`(fault: FakeStore.Fault)
    async throws
  {
    try await FakeStore.run(fault: { $0.isPart && (2...3).contains($1) ? fault : .none }) { fake in
      try await withFolder { folder in
        let pauses = Pauses()
        let store = try makeStore(fake.s3(pauses), folder)
        let bytes = sample(3500)
        _ = try await write(bytes, as: key, to: store)
        #expect(holds(fake, bytes))
        // Of a kept connection that is cut the one try more is made below.
        #expect((1...2).contains(pauses.all.count) && pauses.all == pauses.all.sorted())
        expectClean(fake, folder, objects: 1)
      }
    }
  }

  @Test func `a store that stays busy gets the upload taken back, and the user is told to try again`()
    async throws
  {
    try await FakeStore.run(fault: { one, _ in one.isPart ? .answer(503, "SlowDown") : .none }) { fake in
      try await withFolder { folder in
        let pauses = Pauses()
        let store = try makeStore(fake.s3(pauses), folder)
        let error = try await refusal { _ = try await write(sample(2500), as: key, to: store) }
        #expect(error.code == .storageUnreachable && error.origin == .upstream && error.retryAfter != nil)
        #expect(pauses.all.count == 5)
        expectClean(fake, folder, objects: 0)
      }
    }
  }

  @Test func `an error behind 200 at the end of an upload is an error`() async throws {
    try await FakeStore.run(fault: { $0.isCompletion && $1 == 1 ? .lateError("InternalError") : .none }) {
      fake in
      try await withFolder { folder in
        let bytes = sample(2500)
        _ = try await write(bytes, as: key, to: try makeStore(fake.s3(), folder))
        #expect(fake.seen.filter(\.isCompletion).count == 2 && holds(fake, bytes))
        expectClean(fake, folder, objects: 1)
      }
    }
    try await FakeStore.run(fault: { one, _ in one.isCompletion ? .lateError("InvalidPart") : .none }) {
      fake in
      try await withFolder { folder in
        let store = try makeStore(fake.s3(), folder)
        let error = try await refusal { _ = try await write(sample(2500), as: key, to: store) }
        #expect(error.code == .storageRefused)
        expectClean(fake, folder, objects: 0)
      }
    }
  }

  @Test func `an end whose answer is lost is found to be done`() async throws {
    try await FakeStore.run(fault: { $0.isCompletion && $1 == 1 ? .lost : .none }) { fake in
      try await withFolder { folder in
        let bytes = sample(2500)
        _ = try await write(bytes, as: key, to: try makeStore(fake.s3(), folder))
        #expect(holds(fake, bytes))
        expectClean(fake, folder, objects: 1)
      }
    }
    // The same of one that is sent whole: the second try finds the first.
    try await FakeStore.run(fault: { $0.method == "PUT" && $1 == 1 ? .lost : .none }) { fake in
      try await withFolder { folder in
        let bytes = sample(900)
        _ = try await write(bytes, as: key, to: try makeStore(fake.s3(), folder))
        #expect(holds(fake, bytes) && fake.seen.filter { $0.method == "PUT" }.count == 2)
        expectClean(fake, folder, objects: 1)
      }
    }
  }

  @Test func `a beginning whose answer is lost leaves no second upload`() async throws {
    try await FakeStore.run(fault: {
      $0.method == "POST" && $0.query["uploads"] != nil && $1 == 1 ? .lost : .none
    }) { fake in
      try await withFolder { folder in
        _ = try await write(sample(2500), as: key, to: try makeStore(fake.s3(), folder))
        #expect(fake.seen.contains { $0.method == "DELETE" && $0.query["uploadId"] != nil })
        expectClean(fake, folder, objects: 1)
      }
    }
  }

  @Test func `what arrived otherwise than it was sent is not kept`() async throws {
    try await FakeStore.run { fake in
      fake.state.withLock { $0.verifies = false }
      let bytes = sample(2500)
      let sending = S3Sending(
        objects: S3Objects(client: fake.s3()),
        abilities: S3Abilities(verifies: false, keepsWhatIsThere: true),
        partSize: 1000, digest: S3Digest(executor: try QueueExecutor(name: "test"), make: { TestDigest() }))
      let label = S3Objects.Label(contentHash: hashOf(bytes), sending: "s")
      await #expect(throws: S3Failure.self) {
        // The disk gives other bytes than those that were hashed when they came.
        try await sending.send("k", size: 2500, label) { range in
          [9] + bytes[Int(range.lowerBound) + 1..<Int(range.upperBound)]
        }
      }
      try await sending.cleanUp("k", sending: "s")
      #expect(fake.objects.isEmpty && fake.uploads.isEmpty)
    }
    // The store loses a part, and says that all is well.
    try await FakeStore.run { fake in
      try await withFolder { folder in
        let store = try makeStore(fake.s3(), folder)
        fake.state.withLock { $0.losesLastPart = true }
        #expect(
          try await refusal { _ = try await write(sample(2500), as: key, to: store) }.code == .storageRefused)
        expectClean(fake, folder, objects: 0)
      }
    }
  }

  @Test func `a name in use is a conflict, with and without If-None-Match, and another may follow`()
    async throws
  {
    for keeps in [true, false] {
      try await FakeStore.run { fake in
        try await withFolder { folder in
          fake.state.withLock { $0.keepsWhatIsThere = keeps }
          let store = try makeStore(
            fake.s3(), folder, abilities: S3Abilities(verifies: true, keepsWhatIsThere: keeps))
          let first = sample(1500)
          _ = try await write(first, as: key, to: store)
          let upload = try await store.create(for: key.userID)
          try await upload.write(sample(10))
          #expect(try await refusal { _ = try await upload.commit(as: key) }.code == .conflict)
          #expect(holds(fake, first))
          _ = try await upload.commit(as: BlobKey(userID: key.userID, filename: "b.json"))
          #expect(fake.objects["team/a/u1/datasets/b.json"]?.bytes == sample(10))
          #expect(fake.seen.contains { $0.fields["If-None-Match"] == "*" } == keeps)
          expectClean(fake, folder, objects: 2)
        }
      }
    }
  }

  @Test func `another that takes the name meanwhile keeps it`() async throws {
    // Nothing is there at the look, and something at the end.
    try await FakeStore.run(fault: { $0.method == "HEAD" && $1 == 1 ? .answer(404, "") : .none }) { fake in
      try await withFolder { folder in
        let theirs = FakeStore.Object(bytes: [1, 2, 3], fields: [:])
        fake.state.withLock { $0.objects[name] = theirs }
        let store = try makeStore(fake.s3(), folder)
        #expect(try await refusal { _ = try await write(sample(2500), as: key, to: store) }.code == .conflict)
        #expect(holds(fake, [1, 2, 3]))
        expectClean(fake, folder, objects: 1)
      }
    }
  }

  @Test func `a reading that is cut goes on where it was cut, with the same object only`() async throws {
    let bytes = sample(300_000)
    try await FakeStore.run(fault: { $0.method == "GET" && (1...3).contains($1) ? .cut(70_000) : .none }) {
      fake in
      try await withFolder { folder in
        fake.state.withLock { $0.objects[name] = .init(bytes: bytes, fields: [:]) }
        let store = try makeStore(fake.s3(), folder)
        let read = try await everything(store.read(key, range: 5..<299_999))
        #expect(isSame(read, Array(bytes[5..<299_999])))
        let gets = fake.seen.filter { $0.method == "GET" }
        #expect(gets.count == 4)
        #expect(gets.dropFirst().allSatisfy { $0.fields["If-Match"] != nil })
        #expect(gets.map { $0.fields["Range"] }.last == "bytes=210005-299998")
      }
    }
    try await FakeStore.run(fault: { $0.method == "GET" && $1 == 1 ? .cut(70_000) : .none }) { fake in
      try await withFolder { folder in
        fake.state.withLock { $0.objects[name] = .init(bytes: bytes, fields: [:]) }
        let store = try makeStore(fake.s3(), folder)
        let error = try await refusal {
          for try await _ in try await store.read(key, range: 0..<300_000) {
            fake.state.withLock { $0.objects[name] = .init(bytes: sample(400_000), fields: [:]) }
          }
        }
        #expect(error.code == .conflict)
      }
    }
  }

  @Test func `ranges are as those of a file`() async throws {
    try await FakeStore.run { fake in
      try await withFolder { folder in
        let bytes = sample(5000)
        fake.state.withLock { $0.objects[name] = .init(bytes: bytes, fields: [:]) }
        let store = try makeStore(fake.s3(), folder)
        #expect(try await everything(store.read(key, range: 4_999..<9_000_000)) == [bytes[4_999]])
        #expect(try await everything(store.read(key, range: 5_000..<5_001)) == [])
        #expect(try await everything(store.read(key, range: 7..<7)) == [])
        #expect(try await store.size(of: key) == 5000)
        for hostile in ["../x", "a/b", "", ".hidden"] {
          let outside = BlobKey(userID: key.userID, filename: hostile)
          #expect(try await refusal { _ = try await store.read(outside, range: 0..<1) }.code == .notFound)
        }
      }
    }
  }

  @Test func `a copy is lent with the right hash only, and gone afterwards`() async throws {
    try await FakeStore.run { fake in
      try await withFolder { folder in
        let bytes = sample(5000)
        fake.state.withLock { $0.objects[name] = .init(bytes: bytes, fields: [:]) }
        let store = try makeStore(fake.s3(), folder)
        let found = Pieces()
        try await store.lend(key, contentHash: hashOf(bytes), progress: { _ in }) {
          path throws(DomainError) in
          found.take(path)
        }
        #expect(isSame(found.bytes, bytes))
        let error = try await refusal {
          try await store.lend(key, contentHash: "00", progress: { _ in }) { _ throws(DomainError) in
            Issue.record("it was lent all the same")
          }
        }
        #expect(error.code == .storageRefused)
        #expect(names(folder + "/users/u1/.uploads").isEmpty)
      }
    }
  }

  @Test func `a redirection is followed within the store, and nowhere else`() async throws {
    try await FakeStore.run { other in
      let elsewhere = "http://localhost:\(other.port)/data/x"
      try await FakeStore.run(fault: { one, number in
        if one.method == "PUT", number == 1 {
          return .answer(307, "TemporaryRedirect", ["Location": "http://127.0.0.1:\(other.port)/data/x"])
        }
        return one.method == "HEAD" ? .answer(307, "TemporaryRedirect", ["Location": elsewhere]) : .none
      }) { fake in
        let objects = S3Objects(client: fake.s3())
        try await objects.put([1], at: "moved", nil, ifAbsent: false)
        #expect(other.objects["moved"]?.bytes == [1] && fake.objects.isEmpty)
        await #expect(throws: S3Failure.self) { _ = try await objects.facts(of: "moved") }
        #expect(!other.seen.contains { $0.method == "HEAD" })
      }
    }
  }

  @Test func `a server that was killed has its half uploads taken back when it begins again`() async throws {
    try await FakeStore.run { fake in
      try await withFolder { folder in
        let objects = S3Objects(client: fake.s3())
        let label = S3Objects.Label(contentHash: "h", sending: "s-1")
        let upload = try await objects.begin(name, label)
        _ = try await objects.send([1], as: 1, of: upload, at: name)
        // Others' are nobody else's business, nor is an object that another sending left under that name.
        _ = try await objects.begin("team/a/u2/datasets/other", nil)
        _ = try await objects.begin(name + "x", nil)
        fake.state.withLock {
          $0.objects[name] = .init(bytes: [9], fields: ["x-amz-meta-luthier-sending": "s-2"])
        }
        let journal = try S3Journal(folder: folder + "/journal", executor: try QueueExecutor(name: "test"))
        _ = try await journal.note(.init(key: name, sending: "s-1"))
        let removed = "team/a/u1/datasets/removed"
        fake.state.withLock { $0.objects[removed] = .init(bytes: [9], fields: [:]) }
        _ = try await journal.note(.init(key: removed, sending: nil))

        let store = try makeStore(fake.s3(), folder)
        let running = Task { await store.run() }
        try await until { names(folder + "/journal").isEmpty }
        running.cancel()
        await running.value
        #expect(fake.uploads.values.map(\.key).sorted() == [name + "x", "team/a/u2/datasets/other"])
        #expect(fake.objects.keys.sorted() == [name])
      }
    }
  }

  @Test func `uploads older than three days are ended, whoever began them`() async throws {
    try await FakeStore.run { fake in
      try await withFolder { folder in
        fake.state.withLock { state in
          state.uploads["old"] = .init(
            key: "team/a/u9/datasets/x", fields: [:], begun: "2027-01-01T00:00:00.000Z")
          state.uploads["new"] = .init(
            key: "team/a/u9/datasets/y", fields: [:], begun: "2027-01-14T00:00:00.000Z")
          state.uploads["others"] = .init(key: "elsewhere/x", fields: [:], begun: "2020-01-14T00:00:00.000Z")
        }
        await (try makeStore(fake.s3(), folder)).sweep()
        #expect(fake.uploads.keys.sorted() == ["new", "others"])
      }
    }
  }

  @Test func `a removal that the store cannot do now is done later, and its name waits for that`()
    async throws
  {
    try await FakeStore.run(fault: { $0.method == "DELETE" && $1 <= 6 ? .answer(503, "SlowDown") : .none }) {
      fake in
      try await withFolder { folder in
        let store = try makeStore(fake.s3(), folder)
        _ = try await write(sample(10), as: key, to: store)
        try await store.remove(key)
        #expect(names(folder + "/journal").count == 1 && fake.objects[name] != nil)
        #expect(try await refusal { _ = try await write(sample(20), as: key, to: store) }.code == .conflict)
        let running = Task { await store.run() }
        try await until { names(folder + "/journal").isEmpty }
        running.cancel()
        await running.value
        expectClean(fake, folder, objects: 0)
      }
    }
  }

  @Test func `neither errors nor the log show the secret, whatever the store says`() async throws {
    let lines = Lines()
    try await FakeStore.run(fault: { one, _ in .answer(403, "AccessDenied \(FakeStore.secret)") }) { fake in
      try await withFolder { folder in
        let store = try makeStore(fake.s3(), folder, log: lines.log)
        var told: [String] = []
        let error = try await refusal { _ = try await write(sample(2500), as: key, to: store) }
        told += [error.description, error.debugDescription, error.hint ?? ""]
        try await store.remove(key)
        do {
          _ = try await S3Probe(client: fake.s3(), clock: WallClock { Timestamp(milliseconds: 0) }).run()
          Issue.record("a store that refuses everything was taken")
        } catch {
          told += ["\(error)", String(reflecting: error)]
        }
        for text in told + lines.all {
          #expect(!text.contains(FakeStore.secret))
        }
        #expect(!lines.all.isEmpty)
      }
    }
  }

  @Test func `parts grow where there would be more than ten thousand`() {
    #expect(S3Sending.partSize(of: 1) == 8 << 20)
    #expect(S3Sending.partSize(of: 80 << 30) == 9 << 20)
    for size in [Int64(5) << 30, 100 << 30, 1 << 40, 5 << 40] {
      let part = S3Sending.partSize(of: size)
      #expect((size + part - 1) / part <= 10_000 && part < 6 << 27)
    }
  }
}
