import Contract
import Domain
import EventLoop
import FoundationEssentials
import HTTPWire
import Services
import Testing

/// Uploads in parts: paused, cut off, gone on with behind a restart, and never half a dataset.
@Suite struct UploadTests {
  private static let rows = (0..<400).map { "{\"instruction\": \"q\($0)\", \"output\": \"你好 \($0)\"}\n" }
    .joined()
  private static let bytes = Array(rows.utf8)

  private static func begin(
    _ server: TestServer, _ user: User, _ name: String = "parts.jsonl", size: Int = bytes.count
  ) async throws -> String {
    let answer = try await server.send(
      .post, "/api/datasets/uploads",
      .json(["filename": .string(name), "size": .integer(Int64(size))]), as: user)
    #expect(answer.status == 200, "\(answer.text)")
    return "/api/datasets/uploads/" + (try answer.string("upload_id"))
  }

  private static func put(
    _ server: TestServer, _ user: User, _ path: String, _ range: Range<Int>, of bytes: [UInt8] = bytes
  ) async throws -> Answer {
    try await server.send(
      .put, "\(path)?offset=\(range.lowerBound)",
      .raw(Array(bytes[range]), type: "application/octet-stream"), as: user)
  }

  @Test func `parts make the dataset that one upload would make`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let path = try await Self.begin(server, user)
      var offset = 0
      for step in [1, 4096, 5, 9000, Self.bytes.count] {
        let end = min(offset + step, Self.bytes.count)
        let answer = try await Self.put(server, user, path, offset..<end)
        #expect(answer.json["offset"]?.integer == Int64(end), "\(answer.text)")
        offset = end
      }
      #expect(try await server.send(.get, "/api/files/datasets", as: user).json["files"]?.items == [])
      let made = try await server.check(
        APIScenario("complete", .post, "\(path)/complete", expect: 200, events: ["dataset.added"]), as: user)
      #expect(made.json["dataset"]?["rows"] == 400)
      #expect(made.json["filename"] == "parts.jsonl")
      let id = try made.string("file_id")
      let back = try await server.send(.get, "/api/files/datasets/\(id)/download", as: user)
      #expect(back.bytes == Self.bytes)
      // Asked once more, because the answer was lost on its way.
      let again = try await server.check(
        APIScenario("again", .post, "\(path)/complete", expect: 200, events: []), as: user)
      #expect(try again.string("file_id") == id)
      #expect(try await server.send(.get, "/api/datasets/uploads", as: user).json["uploads"]?.items == [])
      #expect(try await Self.put(server, user, path, 0..<1).status == 409)
      // The same file sent at once is the same dataset.
      #expect(try await server.upload("parts.jsonl", Self.rows, as: user) == id)
      #expect(TestServer.names(below: "\(server.usersFolder)/\(user.id)").count == 1)
    }
  }

  @Test func `what came before a connection broke is there, and goes on behind a restart`() async throws {
    let folder = try TestServer.makeFolder()
    defer { TestServer.removeFolder(folder) }
    let (path, there) = try await TestServer.run(keepingIn: folder) { server in
      let user = try await server.register("ada")
      let path = try await Self.begin(server, user)
      let half = Self.bytes.count / 2
      let client = try RawClient(port: server.port, loop: server.loops.loops[0])
      await client.send(
        "PUT \(path)?offset=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(user.token)\r\n"
          + "Content-Type: application/octet-stream\r\nContent-Length: \(Self.bytes.count)\r\n\r\n")
      await client.send(Array(Self.bytes.prefix(half)))
      _ = try await server.waitUntil("it is there") {
        try await server.send(.get, path, as: user).json["offset"]?.integer == Int64(half) ? true : nil
      }
      client.leave()
      let standing = try await server.waitUntil("the part is let go") {
        let now = try await server.send(.get, path, as: user)
        return now.json["active"] == .bool(false) ? now.json : nil
      }
      #expect(standing["offset"]?.integer == Int64(half))
      return (path, half)
    }
    try await TestServer.run(keepingIn: folder) { server in
      let user = User(id: "", name: "ada", token: try await server.login("ada"))
      let list = try await server.send(.get, "/api/datasets/uploads", as: user)
      #expect(list.json["uploads"]?[0]?["filename"] == "parts.jsonl")
      #expect(list.json["uploads"]?[0]?["offset"]?.integer == Int64(there))
      let asked = try await server.send(.get, "\(path)?hash=true", as: user)
      #expect(try asked.string("content_hash").count == 64)
      try await server.check(
        APIScenario("too early", .post, "\(path)/complete", expect: 409, events: [], storesNothing: true),
        as: user)
      #expect(try await Self.put(server, user, path, there..<Self.bytes.count).status == 200)
      let made = try await server.send(.post, "\(path)/complete", as: user)
      #expect(made.json["dataset"]?["rows"] == 400)
      let hash = try await server.send(
        .get, "/api/files/datasets/\(made.string("file_id"))", as: user
      ).json["dataset"]?["content_hash"]?.string
      #expect(hash?.count == 64)
      #expect(hash != (try asked.string("content_hash")))
    }
  }

  @Test func `the hash of what is there is that of the file's beginning`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let path = try await Self.begin(server, user, size: 3)
      #expect(try await Self.put(server, user, path, 0..<3, of: Array("abc".utf8)).status == 200)
      let hash = try await server.send(.get, "\(path)?hash=true", as: user).string("content_hash")
      #expect(hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      #expect(try await server.send(.get, path, as: user).json["content_hash"]?.string == nil)
    }
  }

  @Test func `bytes at another place, or too many, change nothing`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let path = try await Self.begin(server, user, size: 100)
      #expect(try await Self.put(server, user, path, 0..<50).status == 200)
      for offset in [0, 49, 51, 100] {
        let answer = try await Self.put(server, user, path, offset..<offset + 10)
        #expect(answer.status == 409, "\(offset): \(answer.text)")
        #expect(answer.text.contains("50"))
      }
      #expect(try await Self.put(server, user, path, 50..<151).status == 422)
      let standing = try await server.send(.get, path, as: user)
      #expect((standing.json["offset"]?.integer ?? 0) <= 100)
      for type in ["application/json", "multipart/form-data; boundary=x", "nonsense"] {
        let answer = try await server.send(.put, "\(path)?offset=50", .raw([65], type: type), as: user)
        #expect(answer.status == 415, "\(type)")
      }
    }
  }

  @Test func `a later part takes the place of one whose connection is dead`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let path = try await Self.begin(server, user)
      let client = try RawClient(port: server.port, loop: server.loops.loops[0])
      defer { client.leave() }
      await client.send(
        "PUT \(path)?offset=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(user.token)\r\n"
          + "Content-Type: application/octet-stream\r\nContent-Length: \(Self.bytes.count)\r\n\r\n")
      await client.send(Array(Self.bytes.prefix(10)))
      _ = try await server.waitUntil("it is there") {
        try await server.send(.get, path, as: user).json["offset"] == 10 ? true : nil
      }
      #expect(try await Self.put(server, user, path, 10..<Self.bytes.count).status == 200)
      // What the first still sends goes nowhere.
      await client.send(Array(Self.bytes.dropFirst(10).prefix(10)))
      let made = try await server.send(.post, "\(path)/complete", as: user)
      #expect(made.json["dataset"]?["rows"] == 400)
    }
  }

  @Test func `names and sizes are checked before a byte is sent`() async throws {
    try await TestServer.run(["MAX_UPLOAD_SIZE": "1000"]) { server in
      let user = try await server.register("ada")
      let bodies: [(JSONValue, Int)] = [
        (["filename": "../x.json", "size": 5], 422), (["filename": "x.exe", "size": 5], 415),
        (["filename": "x.json", "size": 0], 422), (["filename": "x.json", "size": -1], 422),
        (["filename": "x.json", "size": 1001], 413), (["filename": "", "size": 1], 422),
      ]
      for (body, status) in bodies {
        try await server.check(
          APIScenario(
            body.text, .post, "/api/datasets/uploads", .json(body), expect: status, storesNothing: true),
          as: user)
      }
      for number in 1...10 { _ = try await Self.begin(server, user, "\(number).json", size: 1) }
      try await server.check(
        APIScenario(
          "one too many", .post, "/api/datasets/uploads", .json(["filename": "x.json", "size": 5]),
          expect: 409,
          storesNothing: true), as: user)
      let other = try await server.register("bob")
      _ = try await Self.begin(server, other, size: 1)
    }
  }

  @Test func `what is discarded or left alone for days is gone, and what is used stays`() async throws {
    let folder = try TestServer.makeFolder()
    defer { TestServer.removeFolder(folder) }
    try await TestServer.run(keepingIn: folder) { server in
      let user = try await server.register("ada")
      let path = try await Self.begin(server, user, "discarded.json", size: 10)
      #expect(try await Self.put(server, user, path, 0..<5).status == 200)
      #expect(try await server.send(.delete, path, as: user).status == 200)
      #expect(try await server.send(.get, path, as: user).status == 404)
      #expect(try await server.send(.delete, path, as: user).status == 404)
      #expect(TestServer.names(below: "\(server.usersFolder)/\(user.id)") == [])
      _ = try await Self.begin(server, user, "kept.json", size: 10)
    }
    try await TestServer.run(keepingIn: folder) { server in
      let user = User(id: "", name: "ada", token: try await server.login("ada"))
      #expect(
        try await server.send(.get, "/api/datasets/uploads", as: user).json["uploads"]?.items.count == 1)
      server.clock.advance(seconds: 4 * 86_400)
      try await server.uploads.sweep()
      #expect(TestServer.names(below: server.usersFolder) == [])
    }
  }

  @Test func `files of one name are versions, each with the tasks that used it`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let first = try await server.upload("data.json", as: user)
      let task = try await server.submit(["dataset_path": .string(first)], as: user)
      let second = try await server.upload(
        "data.json", #"[{"instruction": "q", "output": "a"}]"#, as: user)
      let answer = try await server.send(.get, "/api/files/datasets/\(first)/versions", as: user)
      let versions = try #require(answer.json["versions"]?.items)
      #expect(versions.map { $0["dataset"]?["file_id"]?.string } == [second, first])
      #expect(versions.map { $0["dataset"]?["version"] } == [2, 1])
      #expect(versions.map { $0["dataset"]?["name"] } == ["data.json", "data.json"])
      #expect(versions.map { $0["dataset"]?["filename"] } == ["data (2).json", "data.json"])
      #expect(versions[1]["tasks"]?[0]?["task_id"]?.string == task)
      #expect(versions[0]["tasks"]?.items == [])
      // One version goes, the other stays, and numbers are not given twice while a later one is there.
      #expect(try await server.send(.delete, "/api/files/datasets/\(second)", as: user).status == 200)
      let left = try await server.send(.get, "/api/files/datasets/\(first)/versions", as: user)
      #expect(left.json["versions"]?.items.count == 1)
    }
  }
}
