import Contract
import Domain
import HTTPWire
import Testing

/// Indexes: documents go in, passages come out and go along with questions.
@Suite struct IndexTests {
  private static let guide = """
    # Guide

    ## Hosts

    A host is added with luthier host add. Its key is shown once and recorded.

    ## Queue

    A task waits until a GPU is free. 任务会等待显卡空闲。
    """

  private static func add(
    _ server: TestServer, _ text: String, _ name: String, to index: String, as user: User
  ) async throws -> Answer {
    try await server.send(
      .post, "/api/indexes/\(index)/documents", .form(.file(name, text)), as: user)
  }

  private static func titles(_ answer: Answer) -> [String] {
    answer.json["results"]?.items.map { $0["document"]?.string ?? "" } ?? []
  }

  @Test func `documents are added, found by words of both languages, replaced and taken out`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let made = try await server.send(.post, "/api/indexes", .json(["name": "docs"]), as: ada)
      #expect(made.status == 200, "\(made.text)")
      let added = try await Self.add(server, Self.guide, "guide.md", to: "docs", as: ada)
      #expect(added.status == 200 && added.json["is_new"] == true, "\(added.text)")
      _ = try await Self.add(server, "Cats sleep all day.", "cats.txt", to: "docs", as: ada)
      func search(_ query: String) async throws -> Answer {
        try await server.send(.post, "/api/indexes/docs/search", .json(["query": .string(query)]), as: ada)
      }
      #expect(Self.titles(try await search("How do I add hosts?")) == ["guide.md"])
      #expect(Self.titles(try await search("显卡什么时候空闲")) == ["guide.md"])
      #expect(Self.titles(try await search("a cat")) == ["cats.txt"])
      #expect(Self.titles(try await search("zebra\" OR words : (* NEAR")) == [])
      // The same bytes again are no news; others take the place of what was there.
      let again = try await Self.add(server, Self.guide, "guide.md", to: "docs", as: ada)
      #expect(again.json["is_new"] == false)
      let changed = try await Self.add(server, "Dogs bark.", "cats.txt", to: "docs", as: ada)
      #expect(changed.json["is_new"] == true)
      #expect(Self.titles(try await search("cats")) == ["cats.txt"], "by its name")
      #expect(Self.titles(try await search("sleep day")) == [])
      let list = try await server.send(.get, "/api/indexes/docs/documents", as: ada).json["documents"]?.items
      #expect(list?.map { $0["name"]?.string } == ["cats.txt", "guide.md"])
      let id = try #require(list?.last?["document_id"]?.string)
      let detail = try await server.send(.get, "/api/documents/\(id)?limit=1", as: ada).json
      #expect(detail["passages"]?[0]?["headings"]?.items.first?.string == "Guide")
      #expect(try await server.send(.delete, "/api/documents/\(id)", as: ada).status == 200)
      #expect(Self.titles(try await search("host")) == [])
      try await server.check(APIScenario("twice", .delete, "/api/documents/\(id)", expect: 404), as: ada)
      #expect(try await server.send(.delete, "/api/indexes/docs", as: ada).status == 200)
      #expect(try await search("dogs").status == 404)
      #expect(try await server.send(.get, "/api/indexes", as: ada).json["indexes"]?.items == [])
    }
  }

  @Test func `an index with a model has vectors, and never tells its key`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      func make(_ fields: [String: JSONValue]) async throws -> Answer {
        try await server.send(.post, "/api/indexes", .json(.object(fields)), as: ada)
      }
      let made = try await make(["name": "docs", "embed_backend": "mock", "embed_model": "words"])
      #expect(made.json["vectors"]?["embedded"]?.integer == 0, "\(made.text)")
      _ = try await Self.add(server, Self.guide, "guide.md", to: "docs", as: ada)
      let vectors = try await server.waitUntil("the passage has its vector") {
        let now = try await server.send(.get, "/api/indexes/docs", as: ada).json["vectors"]
        return now?["embedded"]?.integer == 1 ? now : nil
      }
      #expect(vectors == ["backend": "mock", "model": "words", "embedded": 1, "dimensions": 256])
      let found = try await server.send(
        .post, "/api/indexes/docs/search", .json(["query": "hosts", "explain": true]), as: ada)
      #expect(found.json["results"]?[0]?["vector_rank"]?.integer == 1)
      #expect(found.json["explanation"]?["by_vector"]?.integer == 1)
      let own = try await make([
        "name": "own", "embed_backend": "https://h.example/v1", "embed_model": "m",
        "embed_api_key": "sk-secret",
      ])
      #expect(own.status == 200 && !own.text.contains("sk-secret"))
      let list = try await server.send(.get, "/api/indexes", as: ada)
      #expect(list.text.contains("h.example") && !list.text.contains("sk-secret"))
      for wrong in [
        ["embed_backend": "mock"], ["embed_model": "m"], ["embed_api_key": "k"],
        ["embed_backend": "nobody", "embed_model": "m"],
        ["embed_backend": "mock", "embed_model": "m", "embed_api_key": "k"],
      ] as [[String: JSONValue]] {
        let answer = try await make(wrong.merging(["name": "wrong"]) { own, _ in own })
        #expect(answer.status == 422, "\(wrong) \(answer.text)")
      }
    }
  }

  @Test func `an index is reranked from when it is said until it is taken back, and never tells its key`()
    async throws
  {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let made = try await server.send(
        .post, "/api/indexes",
        .json(["name": "docs", "rerank_backend": "mock", "rerank_model": "words"]), as: ada)
      #expect(made.json["reranker"] == ["backend": "mock", "model": "words"], "\(made.text)")
      for (name, text) in [
        ("one.txt", String(repeating: "zebra ", count: 60)), ("two.txt", "The zebra sleeps in the rain."),
      ] { _ = try await Self.add(server, text, name, to: "docs", as: ada) }
      func search() async throws -> JSONValue {
        try await server.send(
          .post, "/api/indexes/docs/search",
          .json(["query": "zebra in the rain", "top_k": 1, "explain": true]), as: ada
        ).json
      }
      let found = try await search()
      #expect(found["results"]?[0]?["document"] == "two.txt")
      #expect(found["results"]?[0]?["rerank_score"] != nil)
      #expect(found["explanation"]?["reranked"]?.integer == 2)
      #expect(found["explanation"]?["left_out"]?[0]?["rerank_score"] != nil)
      func change(_ fields: [String: JSONValue]) async throws -> Answer {
        try await server.send(.patch, "/api/indexes/docs", .json(.object(fields)), as: ada)
      }
      // A server that nobody may call, or that does not answer, leaves the order of before, and says so.
      let own = try await change([
        "rerank_backend": "http://127.0.0.1:1/v1", "rerank_model": "m", "rerank_api_key": "sk-secret",
      ])
      #expect(own.status == 200 && own.json["reranker"]?["model"] == "m" && !own.text.contains("sk-secret"))
      let kept = try await search()
      #expect(kept["results"]?.items.count == 1 && kept["results"]?[0]?["rerank_score"] == nil)
      #expect(kept["explanation"]?["reranked"]?.integer == 0)
      #expect(kept["explanation"]?["rerank_problem"]?.string?.isEmpty == false)
      for wrong in [
        ["rerank_backend": "mock"], ["rerank_backend": "nobody", "rerank_model": "m"],
        ["rerank_backend": "ollama", "rerank_model": "m"],
        ["rerank_backend": "mock", "rerank_model": "m", "rerank_api_key": "k"],
        ["rerank_backend": "", "rerank_model": "m"],
        ["rerank_backend": "http://u:p@h/v1", "rerank_model": "m"],
        ["rerank_backend": "mock", "rerank_model": ""],
      ] as [[String: JSONValue]] {
        let answer = try await change(wrong)
        #expect(answer.status == 422, "\(wrong) \(answer.text)")
      }
      let list = try await server.send(.get, "/api/indexes", as: ada)
      #expect(list.json["indexes"]?[0]?["reranker"]?["backend"] == "http://127.0.0.1:1/v1")
      #expect(!list.text.contains("sk-secret"))
      #expect(try await change(["rerank_backend": ""]).json["reranker"] == nil)
      #expect(try await search()["explanation"]?["reranked"] == nil)
    }
  }

  @Test func `an index gets another model without a gap, and none that does not answer`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      _ = try await server.send(.post, "/api/indexes", .json(["name": "docs"]), as: ada)
      _ = try await Self.add(server, Self.guide, "guide.md", to: "docs", as: ada)
      func change(_ fields: [String: JSONValue]) async throws -> Answer {
        try await server.send(.patch, "/api/indexes/docs", .json(.object(fields)), as: ada)
      }
      func settled(_ model: JSONValue) async throws {
        _ = try await server.waitUntil("the vectors of \(model) are there") {
          let now = try await server.send(.get, "/api/indexes/docs", as: ada).json
          return now["next_vectors"] == nil && now["vectors"]?["model"] == model ? true : nil
        }
      }
      let first = try await change(["embed_backend": "mock", "embed_model": "first"])
      #expect(first.status == 200, "\(first.text)")
      try await settled("first")
      let away = try await change([
        "embed_backend": "http://127.0.0.1:1/v1", "embed_model": "m", "embed_api_key": "sk-secret",
      ])
      #expect(away.status >= 400 && !away.text.contains("sk-secret"), "\(away.text)")
      try await settled("first")
      _ = try await change(["embed_backend": "mock", "embed_model": "second", "rerank_backend": ""])
      try await settled("second")
      let found = try await server.send(
        .post, "/api/indexes/docs/search", .json(["query": "hosts", "explain": true]), as: ada)
      #expect(found.json["results"]?[0]?["vector_rank"]?.integer == 1)
      for wrong in [
        [:], ["embed_backend": "mock"], ["embed_model": "m"], ["embed_backend": "", "embed_model": "m"],
        ["next_vectors": "faster"], ["embed_backend": "nobody", "embed_model": "m"],
      ] as [[String: JSONValue]] {
        let answer = try await change(wrong)
        #expect(answer.status == 422, "\(wrong) \(answer.text)")
      }
      for step in ["pause", "resume", "stop"] {
        let answer = try await change(["next_vectors": .string(step)])
        #expect(answer.status == 409, "\(answer.text)")
      }
      let none = try await change(["embed_backend": ""])
      #expect(none.status == 200 && none.json["vectors"] == nil)
    }
  }

  @Test func `another user's index and documents are not found, nor is a word of them`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let eve = try await server.register("eve")
      for user in [ada, eve] {
        _ = try await server.send(.post, "/api/indexes", .json(["name": "docs"]), as: user)
      }
      let added = try await Self.add(server, "The password is swordfish.", "secret.txt", to: "docs", as: ada)
      let document = try #require(added.json["document"]?["document_id"]?.string)
      let index = try #require(added.json["document"]?["index_id"]?.string)
      let found = try await server.send(
        .post, "/api/indexes/docs/search", .json(["query": "password swordfish"]), as: eve)
      #expect(found.status == 200 && Self.titles(found) == [])
      for (method, path, body) in [
        (HTTPMethod.get, "/api/indexes/\(index)", Body.none), (.delete, "/api/indexes/\(index)", .none),
        (.get, "/api/indexes/\(index)/documents", .none), (.get, "/api/documents/\(document)", .none),
        (.delete, "/api/documents/\(document)", .none), (.post, "/api/documents/\(document)/retry", .none),
        (.post, "/api/indexes/\(index)/search", .json(["query": "password"])),
        (.patch, "/api/indexes/\(index)", .json(["rerank_backend": "mock", "rerank_model": "m"])),
        (.patch, "/api/indexes/\(index)", .json(["embed_backend": "mock", "embed_model": "m"])),
        (.patch, "/api/indexes/\(index)", .json(["embed_backend": ""])),
        (.patch, "/api/indexes/\(index)", .json(["next_vectors": "stop"])),
      ] {
        let answer = try await server.send(method, path, body, as: eve)
        #expect(answer.status == 404, "\(method) \(path)")
        #expect(!answer.text.contains("swordfish") && !answer.text.contains("secret.txt"))
      }
      #expect(try await server.send(.get, "/api/documents/\(document)", as: ada).status == 200)
    }
  }

  @Test func `what cannot be indexed is refused, and what was there stays`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      _ = try await server.send(.post, "/api/indexes", .json(["name": "docs"]), as: ada)
      _ = try await Self.add(server, "Good words.", "a.txt", to: "docs", as: ada)
      for (name, bytes, status) in [
        ("a.txt", [0x25, 0x50, 0x44, 0x46, 0x00, 0xFF], 415), ("a.txt", Array(" \n".utf8), 422),
        ("a.txt", [UInt8](repeating: 0x61, count: (16 << 20) + 1), 413),
      ] as [(String, [UInt8], Int)] {
        var form = MultipartForm.file(name, "")
        form.parts[0].content = bytes
        let answer = try await server.send(.post, "/api/indexes/docs/documents", .form(form), as: ada)
        #expect(answer.status == status, "\(answer.text)")
      }
      // Each is kept with its reason, once; a document that is refused by its size is not sent.
      let large = try await server.send(
        .post, "/api/indexes/docs/documents?name=big.md&size=99999999", .form(.file("big.md", "")), as: ada)
      #expect(large.status == 413 && large.json["code"] == "too_large", "\(large.text)")
      let listed = try await server.send(.get, "/api/indexes/docs/documents", as: ada).json
      #expect(listed["documents"]?.items.map { $0["name"]?.string } == ["a.txt"])
      #expect(listed["failed"]?.items.map { $0["name"]?.string } == ["a.txt", "big.md"])
      #expect(listed["failed"]?[1]?["size"]?.integer == 99_999_999)
      #expect(listed["failed"]?[1]?["can_retry"] == false && listed["failed"]?[1]?["code"] == "too_large")
      let big = try #require(listed["failed"]?[1]?["document_id"]?.string)
      try await server.check(
        APIScenario("not kept", .post, "/api/documents/\(big)/retry", expect: 409), as: ada)
      #expect(try await server.send(.get, "/api/indexes/docs", as: ada).json["failed"]?.integer == 2)
      #expect(try await server.send(.delete, "/api/documents/\(big)", as: ada).status == 200)
      #expect(try await server.send(.get, "/api/indexes/docs", as: ada).json["failed"]?.integer == 1)
      for name in ["", "a b", "../x", String(repeating: "n", count: 65), "-rf"] {
        let answer = try await server.send(.post, "/api/indexes", .json(["name": .string(name)]), as: ada)
        #expect(answer.status == 422, "\(name)")
      }
      let twice = try await server.send(.post, "/api/indexes", .json(["name": "docs"]), as: ada)
      #expect(twice.status == 409)
      let found = try await server.send(
        .post, "/api/indexes/docs/search", .json(["query": "good words", "top_k": 1]), as: ada)
      #expect(Self.titles(found) == ["a.txt"])
      for count in [0, 51] {
        let answer = try await server.send(
          .post, "/api/indexes/docs/search", .json(["query": "x", "top_k": .integer(Int64(count))]), as: ada)
        #expect(answer.status == 422)
      }
    }
  }
}
