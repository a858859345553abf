import Contract
import Domain
import HTTPWire
import Testing

/// P28+: new datasets made of those that are there.
@Suite struct PreparationTests {
  private static let rows = (0..<60).map { number in
    "{\"instruction\": \"question \(number % 50)\", \"output\": \"answer \(number % 50)\"}"
  }

  private static func upload(
    _ server: TestServer, _ user: User, _ name: String = "data.jsonl", _ rows: [String] = rows
  ) async throws -> String {
    let form = Body.form(.file(name, rows.joined(separator: "\n") + "\n"))
    return try await server.send(.post, "/api/files/datasets", form, as: user).string("file_id")
  }

  /// What the `end` event says.
  private static func end(_ answer: Answer) throws -> JSONValue {
    let data = try #require(
      answer.text.split(separator: "\n").last { $0.hasPrefix("data:") && $0.contains("\"") }, "\(answer.text)"
    )
    return try JSONValue(parsing: String(data.dropFirst(5)))
  }

  private static func prepare(
    _ id: String, _ plan: JSONValue, _ server: TestServer, _ user: User
  ) async throws -> Answer {
    try await server.send(.post, "/api/files/datasets/\(id)/prepare", .json(plan), as: user)
  }

  /// The files on the disk, drafts too.
  private static func stored(_ server: TestServer, _ user: User) -> [String] {
    TestServer.names(below: "\(server.usersFolder)/\(user.id)/datasets")
      .compactMap { $0.split(separator: "/").last.map(String.init) }.sorted()
  }

  private static func files(_ server: TestServer, _ user: User) async throws -> [String] {
    let list = try await server.send(.get, "/api/files/datasets", as: user)
    return (list.json["files"]?.items.compactMap { $0["filename"]?.string } ?? []).sorted()
  }

  @Test func `what is left of a dataset is its next version, and the dataset stays as it is`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let id = try await Self.upload(server, user)
      let dry = try Self.end(try await Self.prepare(id, ["dedupe": [:], "dry_run": true], server, user))
      #expect(dry["parts"]?[0]?["rows"] == 50)
      #expect(dry["parts"]?[0]?["dataset"]?["file_id"] == nil)
      #expect(try await Self.files(server, user) == ["data.jsonl"])
      let end = try Self.end(try await Self.prepare(id, ["dedupe": [:]], server, user))
      #expect(end["rows_read"] == 60)
      #expect(end["reasons"]?[0]?["code"] == "duplicate")
      #expect(end["reasons"]?[0]?["rows"] == 10)
      #expect(end["reasons"]?[0]?["examples"]?[0]?["line"] == 51)
      let made = try #require(end["parts"]?[0]?["dataset"])
      #expect(made["version"] == 2)
      #expect(made["name"] == "data.jsonl")
      #expect(made["rows"] == 50)
      #expect(try await Self.files(server, user) == ["data (2).jsonl", "data.jsonl"])
      let before = try await server.send(.get, "/api/files/datasets/\(id)/download", as: user)
      #expect(before.text == Self.rows.joined(separator: "\n") + "\n")
      // Once more there is nothing to leave out: what comes out is there already.
      let again = try #require(made["file_id"]?.string)
      let same = try Self.end(try await Self.prepare(again, ["dedupe": [:]], server, user))
      #expect(same["parts"]?[0]?["dataset"]?["file_id"]?.string == again)
    }
  }

  @Test func `a split makes a dataset of each part, all or none`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let id = try await Self.upload(server, user)
      let plan: JSONValue = ["split": ["eval": 0.2, "test": 0.2], "name": "parts"]
      let end = try Self.end(try await Self.prepare(id, plan, server, user))
      #expect(end["parts"]?.items.compactMap { $0["part"]?.string } == ["train", "eval", "test"])
      let rows = end["parts"]?.items.compactMap { $0["rows"]?.integer } ?? []
      #expect(rows.reduce(0, +) == 60)
      #expect(
        try await Self.files(server, user)
          == ["data.jsonl", "parts-eval.jsonl", "parts-test.jsonl", "parts-train.jsonl"])
      let few = try await Self.upload(server, user, "few.jsonl", Array(Self.rows.prefix(1)))
      let none = try Self.end(try await Self.prepare(few, ["split": [:]], server, user))
      #expect(none["code"] == "invalid_input")
      #expect(try await Self.files(server, user).filter { $0.hasPrefix("few") } == ["few.jsonl"])
    }
  }

  @Test func `what cannot be done is refused and leaves nothing`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let id = try await Self.upload(server, user)
      for plan: JSONValue in [
        [:], ["dedupe": [:], "sample": ["rows": 1]], ["sample": [:]], ["sample": ["share": 2]],
        ["filter": [:]], ["filter": ["matching": "("]], ["filter": ["scripts": ["klingon"]]],
        ["convert": [:]], ["convert": ["format": "csv"]], ["split": ["eval": 1]], ["dedupe": ["similar": 3]],
        ["sample": ["rows": 1], "name": "../evil.jsonl"], ["sample": ["rows": 1], "name": "a.txt"],
      ] {
        let answer = try await Self.prepare(id, plan, server, user)
        #expect([400, 422].contains(answer.status), "\(plan)")
      }
      let broken = try await Self.upload(
        server, user, "broken.jsonl", [Self.rows[0], Self.rows[1], "{\"a\": }"])
      let end = try Self.end(try await Self.prepare(broken, ["sample": ["rows": 1]], server, user))
      #expect(end["problem"]?.string?.hasPrefix("Line 3, column 7: ") == true)
      let stats = try await server.send(.get, "/api/files/datasets/\(broken)/stats", as: user)
      #expect(stats.status == 422 || stats.status == 400)
      #expect(try await Self.files(server, user) == ["broken.jsonl", "data.jsonl"])
      #expect(
        Self.stored(server, user)
          == ["broken.jsonl", "data.jsonl"])
    }
  }

  @Test func `what comes out counts as what is uploaded, and another's dataset is not found`() async throws {
    try await TestServer.run(["LUTHIER_USER_STORAGE": "6000"]) { server in
      let user = try await server.register("ada")
      let other = try await server.register("bob")
      let id = try await Self.upload(server, user)
      let end = try Self.end(
        try await Self.prepare(id, ["convert": ["format": "openai_messages"]], server, user))
      #expect(end["code"] == "quota_exceeded")
      #expect(try await Self.files(server, user) == ["data.jsonl"])
      #expect(Self.stored(server, user) == ["data.jsonl"])
      for plan: JSONValue in [["sample": ["rows": 1]], [:]] {
        #expect(try await Self.prepare(id, plan, server, other).status == 404)
      }
      let stats = try await server.send(.get, "/api/files/datasets/\(id)/stats", as: other)
      #expect(stats.status == 404)
      #expect(try await Self.files(server, other).isEmpty)
    }
  }

  @Test func `the statistics count what is in the rows`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let talks = [
        #"{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "你好吗"}, {"role": "assistant", "content": "很好"}], "id": 1}"#,
        #"{"messages": [{"role": "user", "content": "Hello there"}, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "ok"}, {"role": "assistant", "content": "yes"}], "id": null}"#,
      ]
      let id = try await Self.upload(server, user, "talks.jsonl", talks + [talks[0]])
      let stats = try await server.send(.get, "/api/files/datasets/\(id)/stats", as: user).json
      #expect(stats["rows"] == 3)
      #expect(stats["duplicates"] == 1)
      #expect(stats["turns"]?["minimum"] == 2)
      #expect(stats["turns"]?["maximum"] == 4)
      #expect(stats["scripts"]?["han"] == 2)
      #expect(stats["scripts"]?["latin"] == 1)
      #expect(stats["roles"]?["assistant"] == 4)
      #expect(stats["columns"]?[1]?["name"] == "id")
      #expect(stats["columns"]?[1]?["empty"] == 1)
    }
  }
}
