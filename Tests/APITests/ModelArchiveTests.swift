import Contract
import Domain
import FoundationEssentials
import HTTPWire
import Testing

/// P20+: models that are kept in the server's store, over the real agent of this machine.
@Suite struct ModelArchiveTests {
  private struct Model {
    let id: String
    let folder: String
    let weights: [UInt8]
    var path: String { "/api/files/models/\(id)" }
  }

  private static func run(
    _ settings: [String: String] = [:], weights count: Int = 600_000,
    _ body: @Sendable @escaping (TestServer, User, Model) async throws -> Void
  ) async throws {
    try await TestServer.run(settings, onThisMachine: true) { server in
      let user = try await server.register("ada")
      let folder = "\(server.usersFolder)/\(user.id)/models/m"
      let weights = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
      try FileManager.default.createDirectory(atPath: folder + "/extra", withIntermediateDirectories: true)
      try Data(#"{"model_type": "llama"}"#.utf8).write(to: URL(filePath: folder + "/config.json"))
      try Data(weights).write(to: URL(filePath: folder + "/model.safetensors"))
      try Data().write(to: URL(filePath: folder + "/extra/empty é.txt"))
      let added = try await server.send(
        .post, "/api/files/models", .json(["model_path": .string(folder), "name": "mine"]), as: user)
      try await body(server, user, Model(id: try added.string("model_id"), folder: folder, weights: weights))
    }
  }

  /// The files that the store keeps of archives, drafts too.
  private static func stored(_ server: TestServer, _ user: User) -> [String] {
    [".uploads", "archives"].flatMap { folder in
      (try? FileManager.default.contentsOfDirectory(atPath: "\(server.usersFolder)/\(user.id)/\(folder)"))
        ?? []
    }.sorted()
  }

  @Test func `an archived model outlives its folder, is downloaded from the archive, and comes back whole`()
    async throws
  {
    try await Self.run { server, user, model in
      let none = try await server.send(.get, model.path + "/archive", as: user)
      #expect(none.json["state"] == "none" && none.json["size"] == 0)
      let early = try await server.send(
        .post, model.path + "/restore", .json(["host_id": "local"]), as: user)
      #expect(early.status == 409)

      let made = try await server.send(.post, model.path + "/archive", as: user)
      #expect(made.status == 200 && made.text.contains("event: end"), "\(made.text)")
      #expect(made.text.contains("event: progress"))
      let kept = try await server.send(.get, model.path + "/archive", as: user)
      #expect(kept.json["state"] == "ready" && kept.json["size"] == 600_023)
      #expect(kept.json["files"]?.items.count == 3)
      let names = Self.stored(server, user)
      #expect(names.count == 3)
      // Where it lies on the server is nobody's to know.
      for answer in [made, kept] { #expect(!answer.text.contains(server.folder)) }

      // Unchanged: nothing is copied, and nothing told of a way.
      let again = try await server.send(.post, model.path + "/archive", as: user)
      #expect(again.text.contains("\"ready\"") && !again.text.contains("event: progress"))
      #expect(Self.stored(server, user) == names)

      try FileManager.default.removeItem(atPath: model.folder)
      let files = try await server.send(.get, model.path + "/files", as: user)
      #expect(files.json["files"]?.items.count == 3, "\(files.text)")
      let weights = try await server.send(.get, model.path + "/file?name=model.safetensors", as: user)
      #expect(weights.status == 200 && weights.bytes == model.weights)
      let part = try await server.send(
        .get, model.path + "/file?name=model.safetensors", as: user, fields: [("Range", "bytes=599990-")])
      #expect(part.status == 206 && part.bytes == Array(model.weights[599_990...]))
      let whole = try await server.send(.get, model.path + "/download", as: user)
      #expect(whole.status == 200 && whole.bytes.count % 10_240 == 0)
      let tail = try await server.send(
        .get, model.path + "/download", as: user, fields: [("Range", "bytes=3000-")])
      #expect(tail.status == 206 && tail.bytes == Array(whole.bytes[3000...]))
      try Data(whole.bytes).write(to: URL(filePath: server.folder + "/whole.tar"))

      let restored = try await server.send(
        .post, model.path + "/restore", .json(["host_id": "local", "name": "back"]), as: user)
      #expect(restored.status == 200 && restored.text.contains("\"back\""), "\(restored.text)")
      let listed = try await server.send(.get, "/api/files/models", as: user)
      let back = try #require(listed.json["models"]?.items.first { $0["name"] == "back" })
      let path = try #require(back["model_path"]?.string)
      #expect(path.hasPrefix("\(server.usersFolder)/\(user.id)/.restored/"))
      #expect([UInt8](try Data(contentsOf: URL(filePath: path + "/model.safetensors"))) == model.weights)
      #expect(FileManager.default.fileExists(atPath: path + "/extra/empty é.txt"))
      #expect(back["frees"] == 600_023)

      // The archive goes with its model; what came of it stays, and frees its own folder.
      let deleted = try await server.send(.delete, model.path, as: user)
      #expect(deleted.status == 200)
      _ = try await server.waitUntil("nothing is kept of it") {
        Self.stored(server, user).isEmpty ? true : nil
      }
      let id = try #require(back["model_id"]?.string)
      let own = try await server.send(
        .get, "/api/files/models/\(id)/file?name=model.safetensors", as: user)
      #expect(own.bytes == model.weights)
      let freed = try await server.send(.delete, "/api/files/models/\(id)", as: user)
      #expect(freed.json["freed"] == 600_023)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a changed model's archive is replaced, and its removal frees it`() async throws {
    try await Self.run { server, user, model in
      _ = try await server.send(.post, model.path + "/archive", as: user)
      let before = Self.stored(server, user)
      try Data("{}".utf8).write(to: URL(filePath: model.folder + "/config.json"))
      let made = try await server.send(.post, model.path + "/archive", as: user)
      #expect(made.text.contains("event: progress"), "\(made.text)")
      let after = Self.stored(server, user)
      #expect(after.count == 3 && Set(after).isDisjoint(with: before))
      let removed = try await server.send(.delete, model.path + "/archive", as: user)
      #expect(removed.json["freed"] == 600_002)
      #expect(Self.stored(server, user) == [])
      let gone = try await server.send(.delete, model.path + "/archive", as: user)
      #expect(gone.status == 404)
      #expect(try await server.send(.get, model.path + "/archive", as: user).json["state"] == "none")
    }
  }

  @Test func `a model that there is no room for is not archived, and nothing of it is kept`() async throws {
    try await Self.run(["LUTHIER_USER_STORAGE": "500000"]) { server, user, model in
      let refused = try await server.send(.post, model.path + "/archive", as: user)
      #expect(refused.status == 403 && refused.json["code"] == "quota_exceeded", "\(refused.text)")
      #expect(Self.stored(server, user) == [])
      #expect(try await server.send(.get, model.path + "/archive", as: user).json["state"] == "none")
    }
  }

  @Test func `another's archive is as if it were not there`() async throws {
    try await Self.run { server, user, model in
      _ = try await server.send(.post, model.path + "/archive", as: user)
      let other = try await server.register("eve")
      for (method, path) in [
        (HTTPMethod.get, "/archive"), (.post, "/archive"), (.delete, "/archive"), (.delete, "/restore"),
      ] {
        let theirs = try await server.send(method, model.path + path, as: other)
        #expect(theirs.status == 404 && !theirs.text.contains("config.json"))
      }
      let taken = try await server.send(
        .post, model.path + "/restore", .json(["host_id": "local"]), as: other)
      #expect(taken.status == 404)
      #expect(Self.stored(server, user).count == 3)
      // Another's account that goes takes nothing of it along.
      let removed = try await server.send(
        .post, "/api/auth/remove", .json(["password": .string(TestServer.password)]), as: other)
      #expect(removed.status == 200, "\(removed.text)")
      #expect(Self.stored(server, user).count == 3)
    }
  }

  @Test func `a model that a task made is archived and restored`() async throws {
    try await TestServer.run { server in
      _ = try await server.register("admin")
      let user = try await server.register("ada")
      let owner = try await Belongings.furnish(server, user)
      let path = "/api/files/models/\(owner.ids["model_id"] ?? "")"
      let made = try await server.send(.post, path + "/archive", as: user)
      #expect(made.text.contains("\"state\":\"ready\""), "\(made.text)")
      let kept = try await server.send(.get, path + "/archive", as: user)
      #expect(kept.json["state"] == "ready", "\(kept.text)")
      let back = try await server.send(.post, path + "/restore", .json(["host_id": "local"]), as: user)
      #expect(back.status == 200 && back.text.contains("/.restored/"), "\(back.text)")
    }
  }
}
