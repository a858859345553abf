import Contract
import EventLoop
import FoundationEssentials
import Glibc
import HTTPWire
import Testing

/// P23: the files of a model over HTTP, from the real agent of this machine.
@Suite struct ModelDownloadTests {
  private struct Model {
    let id: String
    let folder: String
    let weights: [UInt8]
    var path: String { "/api/files/models/\(id)/download" }
  }

  /// A server on this machine and a user who has a model there.
  private static func run(
    weights count: Int = 300_000, named name: String = "mine",
    _ body: @Sendable @escaping (TestServer, User, Model) async throws -> Void
  ) async throws {
    try await TestServer.run(onThisMachine: true) { server in
      let user = try await server.register("ada")
      let folder = "\(server.usersFolder)/\(user.id)/models/m"
      let weights = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(#"{"model_type": "llama"}"#.utf8).write(to: URL(filePath: folder + "/config.json"))
      try Data(weights).write(to: URL(filePath: folder + "/model.safetensors"))
      let added = try await server.send(
        .post, "/api/files/models", .json(["model_path": .string(folder), "name": .string(name)]), as: user)
      try await body(server, user, Model(id: try added.string("model_id"), folder: folder, weights: weights))
    }
  }

  @Test(arguments: ["mine", "my model é"])
  func `a model comes as a tar archive with a name of its own, whole or in parts`(_ name: String) async throws
  {
    try await Self.run(named: name) { server, user, model in
      let whole = try await server.send(.get, model.path, as: user)
      #expect(whole.status == 200 && whole.fields["Content-Type"] == "application/x-tar")
      #expect(whole.fields["Content-Disposition"]?.hasPrefix("attachment; filename=") == true)
      #expect(whole.fields["Content-Disposition"]?.contains(".tar") == true)
      #expect(whole.bytes.count % 10_240 == 0 && whole.bytes.count > model.weights.count)
      let tag = try #require(whole.fields["ETag"])
      func get(_ fields: [(String, String)]) async throws -> Answer {
        try await server.send(.get, model.path, as: user, fields: fields)
      }
      let size = whole.bytes.count
      let part = try await get([("Range", "bytes=1000-"), ("If-Range", tag)])
      #expect(part.status == 206 && part.bytes == Array(whole.bytes[1000...]))
      #expect(part.fields["Content-Range"] == "bytes 1000-\(size - 1)/\(size)")
      #expect(try await get([("Range", "bytes=511-513")]).bytes == Array(whole.bytes[511...513]))
      #expect(try await get([("Range", "bytes=\(size)-")]).status == 416)
      try Data("another".utf8).write(to: URL(filePath: model.folder + "/config.json"))
      let changed = try await get([("Range", "bytes=1000-"), ("If-Range", tag)])
      #expect(changed.status == 200 && changed.fields["ETag"] != tag)
    }
  }

  @Test func `one file comes whole or in parts, and no other is reached by its name`() async throws {
    try await Self.run { server, user, model in
      let list = try await server.send(.get, "/api/files/models/\(model.id)/files", as: user)
      #expect(
        list.json["files"]?.items.compactMap { $0["name"]?.string } == ["config.json", "model.safetensors"])
      let base = "/api/files/models/\(model.id)/file"
      let whole = try await server.send(.get, base + "?name=model.safetensors", as: user)
      #expect(whole.status == 200 && whole.bytes == model.weights)
      #expect(whole.fields["Content-Disposition"] == "attachment; filename=\"model.safetensors\"")
      let part = try await server.send(
        .get, base + "?name=model.safetensors", as: user, fields: [("Range", "bytes=-7")])
      #expect(part.status == 206 && part.bytes == Array(model.weights.suffix(7)))
      for name in ["../../../luthier.db", "/etc/passwd", "none", "..", "%00"] {
        let refused = try await server.send(.get, base + "?name=\(name)", as: user)
        #expect([400, 404].contains(refused.status), "\(name): \(refused.status)")
      }
    }
  }

  @Test func `another's model is as if it were not there`() async throws {
    try await Self.run { server, user, model in
      let other = try await server.register("eve")
      for path in [
        model.path, "/api/files/models/\(model.id)/files",
        "/api/files/models/\(model.id)/file?name=config.json",
      ] {
        let theirs = try await server.send(.get, path, as: other)
        #expect(theirs.status == 404 && !theirs.text.contains(model.folder))
        let nobody = try await server.send(.get, path, as: nil)
        #expect(nobody.status == 401)
        #expect(try await server.send(.get, path, as: user).status == 200)
      }
    }
  }

  @Test func `a client that leaves ends the sender on the host`() async throws {
    try await Self.run(weights: 40_000_000) { server, user, model in
      let client = try await Self.download(model, server, user)
      _ = try await client.reader.next()
      _ = try await server.waitUntil("the sender reads the model") {
        Self.readers(of: model).isEmpty ? nil : true
      }
      client.leave()
      _ = try await server.waitUntil("the sender is gone") { Self.readers(of: model).isEmpty ? true : nil }
      #expect(try await server.send(.get, "/api/files/models", as: user).status == 200)
    }
  }

  @Test(arguments: [false, true])
  func `a download that breaks does not end like a whole one`(isKilled: Bool) async throws {
    try await Self.run(weights: 40_000_000) { server, user, model in
      let client = try await Self.download(model, server, user)
      let first = try await client.reader.next()
      #expect(first != nil)
      _ = try await server.waitUntil("the sender reads the model") {
        Self.readers(of: model).isEmpty ? nil : true
      }
      // As something that goes on writing would. A sender that was ended is started again, and finds it changed.
      let handle = open(model.folder + "/model.safetensors", O_WRONLY | O_APPEND)
      #expect(write(handle, " ", 1) == 1)
      close(handle)
      if isKilled { for process in Self.readers(of: model) { kill(process, SIGKILL) } }
      var tail: [UInt8] = []
      var count = 0
      do {
        while let bytes = try await client.reader.next() {
          count += bytes.count
          tail = (tail + bytes).suffix(16)
        }
      } catch {
        // A reset is as good as an end that is missing.
      }
      #expect(!tail.elementsEqual(Array(tail.dropLast(5)) + Array("0\r\n\r\n".utf8)))
      #expect(count < 40_000_000)
      client.leave()
      _ = try await server.waitUntil("the sender is gone") { Self.readers(of: model).isEmpty ? true : nil }
    }
  }

  /// A download of which nothing more is read than the caller reads.
  private static func download(_ model: Model, _ server: TestServer, _ user: User) async throws -> RawClient {
    let client = try RawClient(port: server.port, loop: server.loops.loops[0])
    await client.send(
      "GET \(model.path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(user.token)\r\n\r\n")
    return client
  }

  /// Processes that have the model's weights open, other than this one.
  private static func readers(of model: Model) -> [Int32] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { Int32($0) }.filter { process in
      let folder = "/proc/\(process)/fd"
      guard process != getpid() else { return false }
      let open = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return open.contains {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)"))
          == model.folder + "/model.safetensors"
      }
    }
  }
}
