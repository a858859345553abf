import Contract
import Domain
import HTTPWire
import Testing

/// Every field of every route, missing, of the wrong type, too long, or hostile: refused with the
/// envelope, nothing stored, nothing told.
///
/// The fields come from the OpenAPI document: a new route or field is tried without a word here, but for
/// a good body of a new route.
@Suite struct BadInputTests {
  /// Fields for free text: what a person writes is kept as it is, and is refused nowhere but for its
  /// length and for control characters.
  private static let freeText: Set<String> = [
    "register.password", "createUser.password", "setUserPassword.password", "changePassword.new_password",
    "createKey.name", "createPreset.name", "createPreset.model", "recordComparison.prompt", "addModel.name",
    "changeModel.name", "mergeModel.name", "restoreModel.name", "submitTask.name",
    "previewTask.name", "estimateTask.name",
    "chatCompletion.messages.content", "openAIChat.messages.content", "searchIndex.query",
    "planPipeline.text",
  ]
  /// Texts that may hold any character there is.
  private static let anyCharacter: Set<String> = [
    "register.password", "createUser.password", "setUserPassword.password", "changePassword.new_password",
    "chatCompletion.messages.content", "openAIChat.messages.content", "recordComparison.prompt",
    "searchIndex.query", "planPipeline.text",
  ]
  /// Fields that take the name of a model on a hub.
  private static let hubNames: Set<String> = [
    "submitTask.model_name", "previewTask.model_name", "estimateTask.model_name", "addModel.base_model_path",
    "startService.base_model_path", "chatCompletion.base_model_path",
  ]
  /// Fields that take a folder outside of the users', which is looked at when it is loaded.
  private static let folders: Set<String> = [
    "addModel.base_model_path", "startService.base_model_path", "chatCompletion.base_model_path",
  ]
  /// Fields of a host that are words or paths of another machine: what is no option, no control character and
  /// nothing to a shell may be one.
  private static let hostTexts: Set<String> = [
    "name", "user", "address", "jump_host", "password", "key_path", "user_data_dir", "work_dir", "venv",
    "conda_env", "llamafactory_path",
  ]
  /// Fields of a host that an empty text leaves out.
  private static let hostSecrets: Set<String> = ["private_key", "passphrase"]
  /// Fields that are taken and not used, whatever they hold, as long as it is a text.
  private static let unused: Set<String> = [
    "submitTask.output_dir", "previewTask.output_dir", "estimateTask.output_dir", "testNewHost.fingerprint",
  ]

  static func goodBody(_ operation: String, _ number: Int) throws -> JSONValue {
    switch operation {
    case "register":
      return [
        "username": .string("user\(number)"), "email": .string("user\(number)@example.org"),
        "password": "123456",
      ]
    case "login": return ["username_or_email": "ada", "password": .string(TestServer.password)]
    case "changePassword":
      return ["current_password": .string(TestServer.password), "new_password": .string(TestServer.password)]
    case "createUser":
      return [
        "username": .string("made\(number)"), "email": .string("made\(number)@example.org"),
        "password": "123456",
      ]
    case "changeUser": return ["quota": ["tasks": 3]]
    case "removeMe": return ["password": .string(TestServer.password)]
    case "setUserPassword": return ["password": .string(TestServer.password)]
    case "createKey": return ["name": "laptop"]
    case "addModel": return ["model_path": "/models/base"]
    case "changeModel": return ["name": "another"]
    case "submitTask", "previewTask", "estimateTask": return TestServer.task
    case "changeTask": return ["priority": 3]
    case "retryTask": return ["resume": false]
    case "chatCompletion": return ["model_path": "/models/base", "messages": question]
    case "openAIChat": return ["model": "/models/base", "messages": question]
    case "openAICompletion": return ["model": "/models/base", "prompt": "Who are you?"]
    case "openAIEmbeddings": return ["model": "/models/base", "input": "Who are you?"]
    case "archiveModel": return [:]
    case "restoreModel": return ["host_id": "local"]
    case "mergeModel": return ["name": "whole"]
    case "verifyModel": return ["questions": ["Who are you?"], "tokens": 4]
    case "startService": return ["model_path": "/models/base"]
    case "sendMessage": return ["session_id": "none", "message": "Who are you?"]
    case "updateConversation": return ["title": "A name", "tags": ["work"], "pinned": true]
    case "createPreset": return ["name": .string("preset\(number)"), "settings": ["temperature": 0.5]]
    case "changePreset": return ["name": .string("preset\(number)"), "model": ""]
    case "recordComparison": return comparison
    case "createIndex": return ["name": .string("index\(number)")]
    case "changeIndex": return ["rerank_backend": "mock", "rerank_model": "words"]
    case "searchIndex": return ["query": "Who are you?"]
    case "planPipeline", "runPipeline":
      return ["text": "name: told\nsteps:\n  - kind: notify\n    message: It is done."]
    case "selectBranch": return ["message_id": "none"]
    case "regenerateReply": return ["temperature": 1]
    case "setChatConfig": return ["max_tokens": 100]
    case "generate": return ["model": "/models/base", "prompt": "Who are you?"]
    case "addHost", "testNewHost": return ["name": .string("gpu\(number)"), "address": "gpu1.example.org"]
    case "changeHost": return ["slots": 2]
    case "trustHost": return ["fingerprint": .string(RecordingFleet.fingerprint)]
    case "clearChat": return ["session_id": "none"]
    // Refused before it is looked at: the upload is another's.
    case "uploadPart", "addDocument": return [:]
    case "beginUpload": return ["filename": "parts.jsonl", "size": 100]
    case "prepareDataset": return ["sample": ["rows": 1], "name": "made.jsonl", "dry_run": true]
    case "renderRows": return ["model_name": "/models/base", "arguments": ["cutoff_len": 100]]
    default: throw Unusable("the new route \(operation) needs a good body here")
    }
  }

  private static let comparison: JSONValue = [
    "prompt": "Who are you?", "verdict": "best", "winner": 0,
    "replies": [["model": "a", "content": "I am."], ["model": "b", "content": "Nobody."]],
  ]

  private static let question: JSONValue = [["role": "user", "content": "Who are you?"]]

  private static func takesHostText(_ operation: String, _ field: String, _ value: HostileValue) -> Bool {
    guard ["addHost", "testNewHost"].contains(operation), value.name.hasPrefix("the text") else {
      return false
    }
    if hostSecrets.contains(field) { return value.name == "the text " }
    return field == "password" || hostTexts.contains(field) && !value.name.hasPrefix("the text -")
  }

  /// A field with its place, such as `messages`, 0, `role`.
  private struct Field {
    let name: String
    let schema: JSONValue
    let isRequired: Bool
    let place: (JSONValue, JSONValue?) -> JSONValue
  }

  private static func fields(of schema: JSONValue, in document: APIDocument) -> [Field] {
    let schema = document.resolve(schema)
    let required = Set(schema["required"]?.items.compactMap(\.string) ?? [])
    return (schema["properties"]?.fields ?? [:]).sorted { $0.key < $1.key }.flatMap { name, property in
      let own = Field(name: name, schema: property, isRequired: required.contains(name)) { body, value in
        var fields = body.fields
        fields[name] = value
        return .object(fields)
      }
      guard let items = document.resolve(property)["items"] else { return [own] }
      let inner = Self.fields(of: items, in: document).map { field in
        Field(name: "\(name).\(field.name)", schema: field.schema, isRequired: field.isRequired) {
          body, value in
          var fields = body.fields
          fields[name] = .array([field.place(body[name]?[0] ?? .object([:]), value)])
          return .object(fields)
        }
      }
      return [own] + inner
    }
  }

  private static func body(_ good: JSONValue, _ field: Field, _ value: HostileValue) -> [UInt8] {
    guard let hostile = value.bytes else { return field.place(good, nil).bytes }
    let mark = "@@here@@"
    let text = field.place(good, .string(mark)).text
    let parts = text.split(separator: "\"\(mark)\"", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return [] }
    return Array(parts[0].utf8) + hostile + Array(parts[1].utf8)
  }

  /// A user with a dataset and an ended task, which is what the routes need to come far.
  private static func scene(_ server: TestServer) async throws -> (user: User, task: String) {
    let user = try await server.register("ada")
    try await server.upload(as: user)
    server.host.setTrainer(TrainerFacts(command: nil, version: nil, torch: nil, problem: "not installed"))
    let task = try await server.submit(as: user)
    try await server.wait(task, for: "failed", as: user)
    server.host.setTrainer(TrainerFacts(command: "/opt/cli", version: nil, torch: nil, problem: nil))
    return (user, task)
  }

  @Test(arguments: [
    "register", "login", "createKey", "addModel", "submitTask", "previewTask", "retryTask", "chatCompletion",
    "openAIChat", "startService", "addHost", "testNewHost", "createUser", "createPreset", "recordComparison",
    "estimateTask", "beginUpload",
  ])
  func `each field is refused what it must not hold`(name: String) async throws {
    try await TestServer.run { server in
      let (user, task) = try await Self.scene(server)
      let operation = try server.document.operation(name)
      let schema = try #require(operation.bodySchema)
      let path = operation.path(task)
      var number = 0
      for field in Self.fields(of: schema, in: server.document) {
        let known = "\(name).\(field.name)"
        for value in HostileValue.all(for: field.schema, isRequired: field.isRequired, in: server.document) {
          number += 1
          let bytes = Self.body(try Self.goodBody(name, number), field, value)
          let what = "\(known) with \(value.name)"
          let before = try await server.footprint()
          let answer = try await server.send(
            HTTPMethod(rawValue: operation.method), path, .raw(bytes, type: "application/json"),
            as: operation.needsLogin ? user : nil)
          #expect(answer.status < 500, "\(what): \(answer.status) \(answer.text.prefix(300))")
          #expect(answer.fields["X-Evil"] == nil, "\(what)")
          if answer.status < 400 {
            let isAllowed =
              !value.mustRefuse
              && (Self.freeText.contains(known) || Self.unused.contains(known)
                || Self.hubNames.contains(known) && value.isPlainName
                || Self.folders.contains(known) && value.isPlainFolder
                || Self.takesHostText(name, field.name, value)
                || ["register.username", "createUser.username"].contains(known) && value.isPlainName)
            #expect(isAllowed, "\(what) was taken: \(answer.text.prefix(300))")
            if value.name.hasPrefix("the control"), !Self.unused.contains(known) {
              #expect(Self.anyCharacter.contains(known), "\(what) was taken")
            }
            if let task = answer.json["task_id"]?.string {
              try await server.wait(task, for: "running", as: user)
              server.host.end(server.host.launched.last?.directory ?? "", exitCode: 1)
              try await server.wait(task, for: "failed", as: user)
            }
          } else {
            #expect(try await server.footprint() == before, "\(what) stored something")
            #expect(answer.bytes.count < 4096, "\(what): a long answer")
          }
        }
      }
      #expect(number > 0)
    }
  }

  @Test func `every route with a JSON body is tried`() async throws {
    try await TestServer.run { server in
      let names = server.document.operations.filter { $0.bodySchema != nil }.map(\.name)
      for name in names { #expect(throws: Never.self) { try Self.goodBody(name, 1) } }
    }
  }

  @Test func `a body that is not one JSON object is refused by every route`() async throws {
    try await TestServer.run { server in
      let (user, task) = try await Self.scene(server)
      for operation in server.document.operations where operation.bodySchema != nil {
        let good = try Self.goodBody(operation.name, 1).text
        let bodies: [(String, [UInt8])] = [
          ("nothing", []), ("a space", [32]), ("null", Array("null".utf8)), ("a list", Array("[]".utf8)),
          ("a text", Array("\"x\"".utf8)), ("a number", Array("1".utf8)), ("an open object", Array("{".utf8)),
          ("a list of it", Array("[\(good)]".utf8)), ("twice", Array("\(good)\(good)".utf8)),
          ("a comma behind", Array("\(good.dropLast()),}".utf8)), ("a comment", Array("/* */\(good)".utf8)),
          ("a brace too many", Array("\(good)}".utf8)),
          ("a byte order mark", [0xEF, 0xBB, 0xBF] + Array(good.utf8)),
          ("UTF-16", good.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }),
          ("a NUL behind", Array(good.utf8) + [0]), ("10,000 lists", Array(repeating: 91, count: 10_000)),
          ("1,000,000 lists", Array(repeating: 91, count: 1_000_000)),
          ("a key twice", Array("\(good.dropLast()),\(good.dropFirst())".utf8)),
          ("a form", Array("username=a&password=b".utf8)), ("XML", Array("<a/>".utf8)),
          ("more than the limit", Array("{\"a\":\"".utf8) + Array(repeating: 97, count: 1_048_577)),
        ]
        for (what, bytes) in bodies {
          let path = operation.path(task)
          try await server.check(
            APIScenario(
              "\(operation.name): \(what)", HTTPMethod(rawValue: operation.method), path,
              .raw(bytes, type: "application/json"),
              expect: 400, 413, 422, storesNothing: true), as: user)
        }
        for type in [
          "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense", "",
        ] {
          try await server.check(
            APIScenario(
              "\(operation.name) as \(type)", HTTPMethod(rawValue: operation.method), operation.path(task),
              .raw(Array(good.utf8), type: type),
              expect: 415, storesNothing: true), as: user)
        }
      }
    }
  }

  @Test func `a hostile path is refused before it means anything`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let values = [
        "..", ".", "%2e%2e", "%2E%2e%2F%2e%2e", "%00", "a%00b", "%2F", "a%2Fb", "%5C", "%ff", "%C0%AF", "%",
        "%zz", "%u0041", String(repeating: "a", count: 10_000), "%E7%94%A8", "\u{7528}", "a%20b", "'",
        "%27--",
        "$(id)", "`id`", "*", "-", "%0d%0aX-Evil:%201", "a;b", "a,b", "%7B%7D", "{task_id}",
        String(repeating: "%41", count: 65), "null", "undefined", "0", "-1",
      ]
      // The page is the same at every address of its own: its scripts read them.
      for operation in server.document.operations
      where !operation.parameters.isEmpty && operation.name != "pageAt" {
        let body = operation.bodySchema == nil ? "{}" : try Self.goodBody(operation.name, 1).text
        for value in values {
          let before = try await server.footprint()
          let answer = try await server.raw(
            "\(operation.method) \(operation.path(value)) HTTP/1.1\r\nHost: localhost\r\n"
              + "Authorization: Bearer \(user.token)\r\nContent-Type: application/json\r\n"
              + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
          let what = "\(operation.name) \(value.prefix(30))"
          #expect([400, 404, 405, 414, 431].contains(answer.status), "\(what): \(answer.text.prefix(300))")
          // OpenAI's routes have the hint in the message; a head that is too long belongs to no route.
          let isOpenAI = operation.pattern.hasPrefix("/v1/") && answer.status != 431
          let parts = isOpenAI ? ["\"error\":{", "\"message\":\""] : ["\"error\":\"", "\"hint\":\""]
          for part in parts {
            #expect(answer.text.contains(part), "\(what): \(answer.text.prefix(300))")
          }
          #expect(!answer.text.contains("\r\nX-Evil"), "\(what)")
          #expect(try await server.footprint() == before, "\(what)")
        }
      }
    }
  }

  @Test func `a hostile query is refused or read as nothing`() async throws {
    try await TestServer.run { server in
      let (user, task) = try await Self.scene(server)
      let numbers = ["", "x", "-1", "1.5", "1e3", "99999999999999999999", "0x10", "%00", "1;2", "NaN", "'"]
      for operation in server.document.operations {
        for parameter in operation.json["parameters"]?.items ?? [] where parameter["in"] == "query" {
          guard let name = parameter["name"]?.string, name != "status" else { continue }
          let isNumber = parameter["schema"]?["type"]?.string == "integer"
          for value in numbers {
            let path = "\(operation.path(task))?\(name)=\(value)"
            guard isNumber else {
              // A word: anything may be looked for.
              let before = try await server.footprint()
              let answer = try await server.send(.get, path, as: user)
              #expect(answer.status < 500, "\(path): \(answer.text.prefix(300))")
              #expect(try await server.footprint() == before, "\(path)")
              continue
            }
            try await server.check(
              APIScenario(
                "\(path)", HTTPMethod(rawValue: operation.method), path, expect: 422, 400, 403,
                storesNothing: true), as: user)
          }
        }
      }
      for name in ["", "x", "..", "../x", "/etc/passwd", "%00", "a%0d%0ab", "checkpoint-1/x"] {
        let path = "/api/files/models/\(task)/file?name=\(name)"
        try await server.check(
          APIScenario("\(path)", .get, path, expect: 404, 422, 400, storesNothing: true), as: user)
      }
      for status in ["x", "running;", "'", "%00", String(repeating: "a", count: 5000), "RUNNING", "a,b"] {
        try await server.check(
          APIScenario(
            "status \(status.prefix(20))", .get, "/api/tasks?status=\(status)", expect: 422, 400,
            lacks: ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]),
          as: user)
      }
    }
  }

  @Test func `methods that a route does not take are refused with those it takes`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let patterns = Set(server.document.operations.map(\.pattern))
      for pattern in patterns {
        let known = Set(server.document.operations.filter { $0.pattern == pattern }.map(\.method))
        guard let operation = server.document.operations.first(where: { $0.pattern == pattern }) else {
          continue
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "X"] where !known.contains(method) {
          let answer = try await server.raw(
            "\(method) \(operation.path(randomUUID())) HTTP/1.1\r\nHost: localhost\r\n"
              + "Authorization: Bearer \(user.token)\r\nConnection: close\r\n\r\n")
          #expect([405, 501].contains(answer.status), "\(method) \(pattern): \(answer.text.prefix(200))")
          #expect(
            answer.text.contains(pattern.hasPrefix("/v1/") ? "\"message\":\"" : "\"hint\":\""),
            "\(method) \(pattern): \(answer.text.prefix(300))")
          if answer.status == 405 { #expect(answer.text.contains("\r\nAllow: "), "\(method) \(pattern)") }
        }
      }
    }
  }
}
