import Contract
import Domain
import EventLoop
import FoundationEssentials
import HTTPFetching
import HTTPWire
import Testing

/// P4: uploading, looking, taking back and deleting training files.
@Suite struct DatasetTests {
  private static func upload(_ form: MultipartForm, _ server: TestServer, _ user: User) async throws -> Answer
  {
    try await server.send(.post, "/api/files/datasets", .form(form), as: user)
  }

  @Test func `an upload is stored, told, listed and given back byte by byte`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let answer = try await server.check(
        APIScenario(
          "upload", .post, "/api/files/datasets", .form(.file("data.json", TestServer.alpaca)), expect: 200,
          contains: ["\"file_id\"", "\"filename\":\"data.json\""], events: ["dataset.added"]), as: user)
      let id = try answer.string("file_id")
      #expect(try answer.string("file_path") == "\(server.usersFolder)/\(user.id)/datasets/data.json")
      #expect(answer.json["size"]?.integer == Int64(TestServer.alpaca.utf8.count))
      #expect(answer.json["dataset"]?["format"] == "alpaca")
      #expect(answer.json["dataset"]?["rows"] == 2)
      let list = try await server.send(.get, "/api/files/datasets", as: user)
      #expect(list.json["files"]?.items.map { $0["file_id"]?.string } == [id])
      let whole = try await server.send(.get, "/api/files/datasets/\(id)/download", as: user)
      #expect(whole.text == TestServer.alpaca)
      try await server.check(
        APIScenario(
          "delete", .delete, "/api/files/datasets/\(id)", expect: 200, events: ["dataset.deleted"]), as: user)
      #expect(try await server.send(.get, "/api/files/datasets/\(id)", as: user).status == 404)
      #expect(TestServer.names(below: "\(server.usersFolder)/\(user.id)/datasets").isEmpty)
    }
  }

  @Test(arguments: [
    (1, "1 of its rows has problems; look at it"), (2, "2 of its rows have problems; look at them"),
  ])
  func `one row with problems is told as one`(count: Int, message: String) async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let bad = String(repeating: #", {"instruction": "a", "input": "", "output": ""}"#, count: count)
      let rows = #"[{"instruction": "a", "input": "", "output": "b"}"# + bad + "]"
      let answer = try await Self.upload(.file("data.json", rows), server, user)
      #expect(try answer.string("message").contains(message))
    }
  }

  @Test func `forms that are not one file in its field are refused`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      var noFile = MultipartForm()
      noFile.add("form-data; name=\"file\"", "just text")
      var two = MultipartForm.file("a.json", TestServer.alpaca)
      two.add("form-data; name=\"file\"; filename=\"b.json\"", TestServer.alpaca)
      var noName = MultipartForm()
      noName.add("form-data", TestServer.alpaca)
      var noDisposition = MultipartForm()
      noDisposition.parts = [("Content-Type: application/json\r\n", Array(TestServer.alpaca.utf8))]
      var many = MultipartForm()
      for number in 0..<100 { many.add("form-data; name=\"f\(number)\"", "x") }
      var longHead = MultipartForm()
      longHead.add("form-data; name=\"\(String(repeating: "a", count: 20_000))\"", "x")
      var longField = MultipartForm()
      longField.add("form-data; name=\"note\"", String(repeating: "a", count: 200_000))
      var open = MultipartForm.file("data.json", TestServer.alpaca)
      open.isClosed = false
      let forms: [(String, MultipartForm)] = [
        ("no part", MultipartForm()), ("no file part", noFile), ("two files", two),
        ("another field", .file("data.json", TestServer.alpaca, field: "upload")),
        ("an empty file", .file("data.json", "")), ("a part without a name", noName),
        ("a part without a disposition", noDisposition), ("many parts", many), ("a long head", longHead),
        ("a long field", longField), ("no closing boundary", open),
      ]
      for (what, form) in forms {
        try await server.check(
          APIScenario(
            what, .post, "/api/files/datasets", .form(form), expect: 400, 422, events: [],
            storesNothing: true), as: user)
      }
      for type in [
        "application/json", "text/plain", "multipart/mixed; boundary=x", "", "multipart/form-data",
      ] {
        try await server.check(
          APIScenario(
            "as \(type)", .post, "/api/files/datasets", .raw("x", type: type), expect: 400, 415,
            storesNothing: true), as: user)
      }
    }
  }

  @Test func `hostile file names are refused and store nothing`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let names = [
        "../../../etc/cron.d/x.json", "..", ".json", ".hidden.json", "a/b.json", "/etc/passwd.json",
        "a\u{0}b.json", "a\u{1}b.json", "a\u{7f}.json", "a\u{202E}nosj.json", "a\u{2028}b.json", "",
        String(repeating: "a", count: 300) + ".json", "data.exe", "data", "data.json.sh", "data.py", " ",
      ]
      for name in names {
        try await server.check(
          APIScenario(
            "the name \(name.debugDescription)", .post, "/api/files/datasets",
            .form(.file(name, TestServer.alpaca)), expect: 400, 415, 422, storesNothing: true), as: user)
      }
    }
  }

  @Test func `names that only look odd are kept as they are`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let names = [
        "训练数据.json", "данные.jsonl", "مرحبا.json", "🎻 luthier.json", "a b.json", "a;b.json", "a'b.json",
        "$(id).json", "`id`.json", "'; DROP TABLE datasets;--.json", "a,b.json", "%2e%2e.json", "-rf.json",
        "CON.json", "a\\b.json", "<b>.json", "DATA.JSON",
      ]
      for name in names {
        // The formats of RFC 7578: quotes and backslashes are escaped within the quotes.
        let quoted = name.replacing("\\", with: "\\\\")
        let answer = try await Self.upload(.file(quoted, TestServer.alpaca), server, user)
        #expect(answer.status == 200, "\(name): \(answer.text)")
        #expect(answer.json["filename"]?.string == name, "\(name)")
        let path = try "/api/files/datasets/" + answer.string("file_id") + "/download"
        let back = try await server.send(.get, path, as: user)
        #expect(back.text == TestServer.alpaca, "\(name)")
        let disposition = try #require(back.fields["Content-Disposition"])
        #expect(disposition.hasPrefix("attachment; filename="), "\(disposition)")
        #expect(disposition.utf8.allSatisfy { $0 >= 32 && $0 < 127 }, "\(disposition)")
        if !name.utf8.allSatisfy({ $0 < 128 }) { #expect(disposition.contains("filename*=UTF-8''")) }
        #expect(back.fields["X-Content-Type-Options"] == "nosniff")
        #expect(back.fields["Content-Type"] == "application/octet-stream")
      }
    }
  }

  @Test func `the same name and bytes are one dataset, other bytes get a number`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let first = try await server.upload(as: user)
      let before = try await server.footprint()
      #expect(try await server.upload(as: user) == first)
      #expect(try await server.footprint() == before)
      let other = try await Self.upload(.file("data.json", "[{\"text\": \"x\"}]"), server, user)
      #expect(other.json["filename"] == "data (2).json")
      let third = try await Self.upload(.file("data.json", "[{\"text\": \"y\"}]"), server, user)
      #expect(third.json["filename"] == "data (3).json")
      #expect(try await server.upload(as: user) == first)
      // A copy under another name is a dataset of its own.
      #expect(try await server.upload("copy.json", as: user) != first)
    }
  }

  @Test func `uploads of one name at the same time are all kept whole`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let contents = (0..<8).map { "[{\"instruction\": \"q\", \"output\": \"answer \($0)\"}]" }
      let ids = try await withThrowingTaskGroup(of: (String, String).self) { group in
        for content in contents {
          group.addTask { (try await server.upload("data.json", content, as: user), content) }
        }
        var found: [(String, String)] = []
        for try await pair in group { found.append(pair) }
        return found
      }
      #expect(Set(ids.map(\.0)).count == 8)
      for (id, content) in ids {
        #expect(try await server.send(.get, "/api/files/datasets/\(id)/download", as: user).text == content)
      }
    }
  }

  @Test func `a file past the limit is refused as it arrives, whatever its length says`() async throws {
    try await TestServer.run(["MAX_UPLOAD_SIZE": "200000"]) { server in
      let user = try await server.register("ada")
      let row = "{\"text\": \"" + String(repeating: "a", count: 989) + "\"}\n"
      let fits = String(repeating: row, count: 199)
      #expect(try await Self.upload(.file("fits.jsonl", fits), server, user).status == 200)
      let large = String(repeating: row, count: 205)
      try await server.check(
        APIScenario(
          "too large", .post, "/api/files/datasets", .form(.file("large.jsonl", large)), expect: 413,
          contains: ["MAX_UPLOAD_SIZE"], events: [], storesNothing: true), as: user)
      // Without a length: chunked, and far more than fits.
      let form = MultipartForm.file("large.jsonl", String(repeating: row, count: 2000)).bytes
      let before = try await server.footprint()
      let head =
        "POST /api/files/datasets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(user.token)\r\n"
        + "Content-Type: multipart/form-data; boundary=luthier-test-boundary\r\n"
      let chunk =
        "\(String(form.count, radix: 16))\r\n" + String(decoding: form, as: UTF8.self) + "\r\n0\r\n\r\n"
      let chunked = try await server.raw(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk)
      #expect(chunked.status == 413, "\(chunked.text.prefix(300))")
      // A length that promises too much is refused before a byte of the body.
      let promised = try await server.raw(
        head + "Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n")
      #expect(promised.status == 413, "\(promised.text.prefix(300))")
      #expect(try await server.footprint() == before)
    }
  }

  @Test func `an upload that breaks off leaves nothing behind`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let before = try await server.footprint()
      let form = MultipartForm.file("cut.jsonl", String(repeating: "{\"text\": \"x\"}\n", count: 5000)).bytes
      let head =
        "POST /api/files/datasets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(user.token)\r\n"
        + "Content-Type: multipart/form-data; boundary=luthier-test-boundary\r\n"
      for framing in ["Content-Length: \(form.count)\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nFFFFF\r\n"]
      {
        let client = try RawClient(port: server.port, loop: server.loops.loops[0])
        await client.send(head + framing)
        await client.send(Array(form.prefix(form.count / 2)))
        client.finishSending()
        _ = try await client.readAll()
        client.leave()
      }
      // A length that is shorter than the form cuts it before its end.
      let short = try await server.raw(
        head + "Connection: close\r\nContent-Length: 300\r\n\r\n"
          + String(decoding: form.prefix(300), as: UTF8.self))
      #expect(short.status == 400, "\(short.text.prefix(300))")
      _ = try await server.waitUntil("the drafts are gone") {
        try await server.footprint() == before ? true : nil
      }
      #expect(try await server.send(.get, "/api/files/datasets", as: user).json["files"]?.items == [])
    }
  }

  @Test(arguments: [
    ("alpaca.json", "alpaca", "[{\"instruction\": \"q\", \"input\": \"\", \"output\": \"a\"}]"),
    (
      "sharegpt.jsonl", "sharegpt",
      "{\"conversations\": [{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": \"a\"}]}"
    ),
    (
      "openai.jsonl", "openai_messages",
      "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", \"content\": \"a\"}]}"
    ),
    (
      "preference.json", "alpaca_preference",
      "[{\"instruction\": \"q\", \"input\": \"\", \"chosen\": \"a\", \"rejected\": \"b\"}]"
    ),
    ("rows.jsonl", "pretraining", "{\"text\": \"once upon a time\"}"),
    ("plain.txt", "pretraining", "once upon a time\nthere was a luthier\n"),
  ])
  func `each format is recognised`(name: String, format: String, content: String) async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let id = try await server.upload(name, content, as: user)
      let detail = try await server.send(.get, "/api/files/datasets/\(id)", as: user)
      #expect(detail.json["dataset"]?["format"]?.string == format)
      #expect(detail.json["dataset"]?["problem_count"] == 0)
      #expect(detail.json["preview"]?.items.isEmpty == false)
      #expect(detail.json["used_by"]?.items == [])
    }
  }

  @Test(arguments: [
    ("broken.json", "[{\"instruction\": \"q\", \"output\": \"a\"},"),
    ("notjson.json", "hello"), ("binary.json", "\u{1}\u{2}\u{3}"), ("empty.json", "[]"),
    ("space.jsonl", " \n \n"),
    ("wrong.json", "[{\"a\": 1}]"), ("numbers.jsonl", "1\n2\n"),
    ("deep.json", String(repeating: "[", count: 100_000)),
  ])
  func `a broken file is kept with its problems, and no task takes it`(name: String, content: String)
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let id = try await server.upload(name, content, as: user)
      let detail = try await server.send(.get, "/api/files/datasets/\(id)", as: user)
      #expect(detail.json["problems"]?.items.isEmpty == false)
      for problem in detail.json["problems"]?.items ?? [] {
        #expect((problem["line"]?.integer ?? 0) >= 1)
        #expect(problem["hint"]?.string?.isEmpty == false)
      }
      for route in ["/api/tasks", "/api/tasks/preview"] {
        try await server.check(
          APIScenario(
            "a task on \(name)", .post, route,
            .json(TestServer.task.fields.merging(["dataset_path": .string(id)]) { _, new in new }.json),
            expect: 422, contains: [name], events: [], storesNothing: true), as: user)
      }
      #expect(server.host.launched.isEmpty)
    }
  }

  @Test func `a dataset in use is not deleted, and is when its task has ended`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let id = try await server.upload(as: user)
      let task = try await server.submit(as: user)
      _ = try await server.launched(1)
      try await server.wait(task, for: "running", as: user)
      let detail = try await server.send(.get, "/api/files/datasets/\(id)", as: user)
      #expect(detail.json["used_by"]?.items == [.string(task)])
      try await server.check(
        APIScenario(
          "in use", .delete, "/api/files/datasets/\(id)", expect: 409, contains: [task], events: [],
          storesNothing: true), as: user)
      _ = try await server.send(.post, "/api/tasks/\(task)/cancel", as: user)
      try await server.wait(task, for: "cancelled", as: user)
      #expect(try await server.send(.delete, "/api/files/datasets/\(id)", as: user).status == 200)
      let retry = try await server.send(.post, "/api/tasks/\(task)/retry", .json([:]), as: user)
      #expect(retry.status == 409)
    }
  }

  @Test func `ranges, entity tags and HEAD work on a download`() async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let content = String((0..<1000).map { _ in Character("x") }) + "END"
      let path = try await "/api/files/datasets/\(server.upload("data.txt", content, as: user))/download"
      func get(_ fields: [(String, String)], _ method: HTTPMethod = .get) async throws -> Answer {
        try await server.send(method, path, as: user, fields: fields)
      }
      let part = try await get([("Range", "bytes=1000-1002")])
      #expect(part.status == 206)
      #expect(part.text == "END")
      #expect(part.fields["Content-Range"] == "bytes 1000-1002/1003")
      #expect(try await get([("Range", "bytes=-3")]).text == "END")
      #expect(try await get([("Range", "bytes=1001-")]).text == "ND")
      #expect(try await get([("Range", "bytes=0-99999")]).bytes.count == 1003)
      let past = try await get([("Range", "bytes=5000-")])
      #expect(past.status == 416)
      #expect(past.fields["Content-Range"] == "bytes */1003")
      for odd in [
        "bytes=9-1", "bytes=a-b", "lines=1-2", "bytes=", "bytes=0-1,4-5", "bytes=99999999999999999999-",
      ] {
        let answer = try await get([("Range", odd)])
        #expect([200, 416].contains(answer.status), "\(odd): \(answer.status)")
      }
      let head = try await get([], .head)
      #expect(head.status == 200)
      #expect(head.bytes.isEmpty)
      #expect(head.fields["Content-Length"] == "1003")
      let tag = try #require(head.fields["ETag"])
      let same = try await get([("If-None-Match", tag)])
      #expect(same.status == 304)
      #expect(same.bytes.isEmpty)
      #expect(try await get([("If-None-Match", "\"other\"")]).status == 200)
      #expect(try await get([("Range", "bytes=0-1"), ("If-Range", "\"other\"")]).status == 200)
      #expect(try await get([("Range", "bytes=0-1"), ("If-Range", tag)]).status == 206)
    }
  }
}
