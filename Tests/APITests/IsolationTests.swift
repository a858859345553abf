@testable import API
import Contract
import Domain
import HTTPWire
import Services
import Testing

/// P13: what is another user's is not found, not shown and not told, by any route.
@Suite(.serialized, .household) struct IsolationTests {
  @Test func `no route gives anything of another user's by its identifier`() async throws {
    let household = try Household.members
    let server = household.server
    let owner = household.owner
    let other = household.other
    var tried = 0
    for endpoint in Routes.table(maximumUpload: 1000) where !endpoint.parameters.isEmpty {
      guard let id = owner.ids[endpoint.parameters[0]] else {
        // Everyone's: the hosts, and the page, which is the same for all. Accounts are administrators'.
        #expect(
          [["host_id"], ["user_id"], ["path"]].contains(endpoint.parameters),
          "\(endpoint.name): whose is its parameter?"
        )
        continue
      }
      tried += 1
      let path = try server.document.operation(endpoint.name).path(id)
      let body: Body =
        endpoint.body == nil ? .none : .json(try BadInputTests.goodBody(endpoint.name, 1))
      try await server.check(
        APIScenario(
          endpoint.name, endpoint.method, path, body, expect: 404, lacks: owner.secrets, storesNothing: true
        ), as: other)
    }
    #expect(tried >= 22)
    // All of it is still the owner's.
    let task = try await server.send(.get, "/api/tasks/\(owner.ids["task_id"] ?? "")", as: owner.user)
    #expect(task.status == 200)
    let services = try await server.send(.get, "/api/services", as: owner.user)
    #expect(services.json["services"]?.items.count == 1)
  }

  @Test func `no route takes anything of another user's in its body`() async throws {
    let household = try Household.members
    let server = household.server
    let owner = household.owner
    let other = household.other
    let own = try await server.send(.post, "/conversations", as: other).string("session_id")
    try await server.upload(as: other)
    let model = ["hidden-task", owner.ids["model_id"] ?? "", owner.adapter, "local:\(owner.adapter)"]
    let meant: [String: [String]] = [
      "session_id": [owner.ids["session_id"] ?? ""], "message_id": [owner.ids["message_id"] ?? ""],
      "edits": [owner.ids["message_id"] ?? ""], "user_id": [owner.user.id, owner.user.name],
      "model": model, "model_path": model,
      // These take names of a hub too, which another's name or identifier may happen to be.
      "base_model_path": [owner.adapter], "model_name": [owner.adapter],
      "dataset_path": ["hidden-data.json", owner.ids["file_id"] ?? ""],
      "index": ["hidden-index", owner.ids["index_id"] ?? ""],
    ]
    var tried: [String] = []
    for endpoint in Routes.table(maximumUpload: 1000) {
      let operation = try server.document.operation(endpoint.name)
      // Those that anyone may use, and those of hosts, are about no user's things.
      guard operation.needsLogin || endpoint.access == .guest, let schema = operation.bodySchema,
        endpoint.parameters != ["host_id"],
        // A preset keeps a model's name as a word; whose it is, is asked when it is used.
        !["createPreset", "changePreset"].contains(endpoint.name)
      else { continue }
      let fields = server.document.resolve(schema)["properties"]?.fields.keys.sorted() ?? []
      for field in fields {
        for value in meant[field] ?? [] {
          var body = try BadInputTests.goodBody(endpoint.name, 1).fields
          if body["session_id"] != nil { body["session_id"] = .string(own) }
          body[field] = .string(value)
          tried.append("\(endpoint.name).\(field)")
          try await server.check(
            APIScenario(
              "\(endpoint.name) with \(field) \(value)", endpoint.method, operation.path(own),
              .json(.object(body)),
              expect: 400, 403, 404, 422,
              lacks: ["hidden-words", "hidden-engine", "hidden-url", "hidden-title"],
              storesNothing: true),
            as: other)
        }
      }
    }
    for door in [
      "sendMessage.session_id", "sendMessage.edits", "sendMessage.model", "sendMessage.user_id",
      "generate.model", "generate.session_id", "clearChat.session_id", "setChatConfig.model",
      "setChatConfig.user_id", "selectBranch.message_id", "regenerateReply.message_id", "openAIChat.model",
      "openAICompletion.model", "openAIEmbeddings.model", "chatCompletion.model_path", "chatCompletion.index",
      "submitTask.dataset_path", "submitTask.model_name", "startService.model_path", "addModel.model_path",
    ] {
      #expect(tried.contains(door), "\(door) was not tried")
    }
    // With its own things in their places each of these would have worked, and the owner's are as they were.
    let history = try await server.send(
      .get, "/conversations/\(owner.ids["session_id"] ?? "")/history", as: owner.user)
    #expect(history.json["messages"]?.items.count == 2 && history.text.contains("hidden-words"))
    let config = try await server.send(.get, "/api/config", as: owner.user)
    #expect(config.text.contains("hidden-url"))
  }

  @Test func `no query finds anything of another user's`() async throws {
    let household = try Household.members
    let server = household.server
    let admin = household.admin
    let owner = household.owner
    let other = household.other
    let place = "1.9999999999999.9999999"
    for (path, status) in [
      ("/conversations/search?q=hidden", 200), ("/conversations/search?q=mine", 200),
      ("/conversations?tag=hidden-tag", 200), ("/conversations?archived=true", 200),
      ("/conversations?after=\(place)&limit=1000", 200), ("/conversations/export", 200),
      ("/api/config?user_id=\(owner.user.id)", 403), ("/api/config?user_id=\(owner.user.name)", 403),
      ("/api/usage?user=me", 200), ("/api/usage?user=\(owner.user.id)", 422),
      ("/api/tasks?status=completed", 200), ("/api/comparisons?limit=100&after=9999", 200),
      ("/api/comparisons/export?format=dpo", 200), ("/api/comparisons/export?format=kto", 200),
      ("/v1/models", 200), ("/v1/models/\(owner.ids["model_id"] ?? "")", 404),
      ("/v1/models/hidden-task", 404),
    ] {
      for who in [admin, other] {
        let answer = try await server.send(.get, path, as: who)
        #expect(answer.status == status, "\(path): \(answer.text.prefix(300))")
        for secret in owner.secrets where !path.contains(secret) {
          #expect(!answer.text.contains(secret), "\(path) as \(who.name) tells \(secret)")
        }
      }
    }
    let found = try await server.send(.get, "/conversations/search?q=hidden", as: owner.user)
    #expect(found.json["results"]?.items.count == 1)
  }

  @Test func `no list shows another user's, not even the administrator's own lists`() async throws {
    let household = try Household.members
    let server = household.server
    let admin = household.admin
    let owner = household.owner
    let other = household.other
    for endpoint in Routes.table(maximumUpload: 1000)
    where endpoint.method == .get && endpoint.parameters.isEmpty {
      if case .events = endpoint.answer { continue }
      for who in [admin, other] {
        if who.name == "admin", endpoint.name == "listServices" { continue }
        // Administrators', and told of in UserTests and MetricsTests.
        if ["listUsers", "metrics"].contains(endpoint.name) { continue }
        try await server.check(
          APIScenario(
            "\(endpoint.name) as \(who.name)", .get, endpoint.pattern, expect: 200, lacks: owner.secrets),
          as: who)
      }
    }
    let all = try await server.send(.get, "/api/services", as: admin)
    #expect(all.text.contains(owner.ids["service_id"] ?? "none"))
    let id = owner.ids["file_id"] ?? ""
    #expect(try await server.send(.get, "/api/files/datasets/\(id)", as: admin).status == 404)
  }

  @Test func `the administrator may unload anyone's service`() async throws {
    let household = try Household.members
    let (server, other) = (household.server, household.other)
    let started = try await server.send(
      .post, "/api/services", .json(["model_path": "/models/base"]), as: other)
    let path = "/api/services/\(try started.string("service_id"))"
    #expect(try await server.send(.delete, path, as: household.owner.user).status == 404)
    #expect(try await server.send(.delete, path, as: household.admin).status == 200)
    #expect(try await server.send(.get, "/api/services", as: other).json["services"]?.items == [])
  }

  @Test func `a folder of another user's is no model to train on, add, load or ask`() async throws {
    let household = try Household.members
    let server = household.server
    let owner = household.owner
    let other = household.other
    try await server.upload(as: other)
    let root = server.usersFolder
    let outside = [
      owner.adapter, "\(owner.adapter)/", "/\(owner.adapter)",
      "\(root)/\(other.id)/../\(owner.user.id)/models",
      "\(root)/./\(owner.user.id)", root, "\(root)/", "\(root)/\(owner.user.id)",
    ]
    for path in outside {
      let bodies: [(String, JSONValue)] = [
        ("/api/tasks", ["name": "x", "model_name": .string(path), "dataset_path": "data.json"]),
        ("/api/tasks/preview", ["name": "x", "model_name": .string(path), "dataset_path": "data.json"]),
        ("/api/files/models", ["model_path": .string(path)]),
        ("/api/files/models", ["model_path": "/models/base", "base_model_path": .string(path)]),
        ("/api/services", ["model_path": .string(path)]),
        ("/api/services", ["model_path": "/models/base", "base_model_path": .string(path)]),
        (
          "/api/chat/completion",
          ["model_path": .string(path), "messages": [["role": "user", "content": "x"]]]
        ),
        (
          "/v1/chat/completions", ["model": .string(path), "messages": [["role": "user", "content": "x"]]]
        ),
      ]
      for (route, body) in bodies {
        try await server.check(
          APIScenario(
            "\(route) with \(path)", .post, route, .json(body), expect: 400, 404, 422, lacks: ["hidden"],
            storesNothing: true),
          as: other)
      }
    }
  }

  @Test func `another user's dataset is not found by any of its names`() async throws {
    let household = try Household.members
    let server = household.server
    let owner = household.owner
    let other = household.other
    let path = "\(server.usersFolder)/\(owner.user.id)/datasets/hidden-data.json"
    for name in ["hidden-data.json", owner.ids["file_id"] ?? "", path, "data.json,hidden-data.json"] {
      try await server.check(
        APIScenario(
          "dataset \(name)", .post, "/api/tasks",
          .json(TestServer.task.fields.merging(["dataset_path": .string(name)]) { _, new in new }.json),
          expect: 404, events: [], storesNothing: true), as: other)
    }
  }

  @Test func `the event stream tells nobody of another's`() async throws {
    let household = try Household.members
    let server = household.server
    let owner = household.owner
    let other = try await server.register("eve")
    try await server.upload("mine.json", as: other)
    let seen = try await server.read(
      "/api/events?after=0", as: other, until: { $0.event == "dataset.added" })
    let text = seen.map(\.data).joined()
    #expect(text.contains("mine.json"))
    for secret in owner.secrets { #expect(!text.contains(secret)) }
    #expect(seen.map(\.event) == ["ready", "dataset.added"])
  }

  @Test func `a model name shared by two users is each one's own`() async throws {
    let server = try Household.members.server
    let ada = try await server.register("carl")
    let bob = try await server.register("dora")
    for user in [ada, bob] {
      _ = try await server.send(
        .post, "/api/files/models", .json(["model_path": "/models/base", "name": "same"]), as: user)
    }
    let list = try await server.send(.get, "/api/files/models", as: bob)
    #expect(list.json["models"]?.items.count == 1)
    let id = list.json["models"]?[0]?["model_id"]?.string ?? ""
    #expect(try await server.send(.delete, "/api/files/models/\(id)", as: ada).status == 404)
    #expect(try await server.send(.delete, "/api/files/models/\(id)", as: bob).status == 200)
    let left = try await server.send(.get, "/api/files/models", as: ada)
    #expect(left.json["models"]?.items.count == 1)
  }
}
