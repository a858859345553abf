import Contract
import Domain
import FoundationEssentials
import HTTPWire
import Services
import TestDatabases
import Testing

/// Hosts over the API: who may do what, what is shown to whom, and what is never shown.
@Suite struct HostTests {
  private static let key = """
    -----BEGIN OPENSSH PRIVATE KEY-----
    c2VjcmV0LWtleS10ZXh0
    -----END OPENSSH PRIVATE KEY-----

    """
  private static let secrets = ["hunter2", "c2VjcmV0LWtleS10ZXh0", "open sesame"]

  private static func add(_ server: TestServer, _ more: [String: JSONValue] = [:], as who: User) async throws
    -> Answer
  {
    let body: [String: JSONValue] = ["name": "gpu1", "address": "gpu1.example.org"]
    return try await server.send(
      .post, "/api/hosts", .json(.object(body.merging(more) { _, new in new })), as: who)
  }

  @Test func `an administrator adds, changes and removes a host while the server runs`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let before = try await server.events.newestSequence()
      let added = try await Self.add(
        server,
        [
          "port": 2222, "user": "train", "work_dir": "~/work/", "slots": 2, "password": "hunter2",
          "fingerprint": .string(RecordingFleet.fingerprint),
        ], as: admin)
      #expect(added.status == 200, "\(added.text)")
      let id = try added.string("host_id")
      #expect(added.json["state"] == "connected" && added.json["editable"] == true)
      #expect(added.json["slots"] == 2 && added.json["address"] == "gpu1.example.org")
      #expect(added.json["settings"]?["work_dir"] == "~/work")
      #expect(added.json["settings"]?["authentication"] == "password")
      #expect(server.fleet.pinned == [RecordingFleet.fingerprint])
      #expect(server.fleet.enrolled.last?.authentication == .password("hunter2"))
      let list = try await server.send(.get, "/api/hosts", as: admin)
      #expect(list.json["hosts"]?.items.compactMap { $0["name"]?.string } == ["Recording", "gpu1"])

      let changed = try await server.send(
        .patch, "/api/hosts/\(id)", .json(["name": "gpu one", "slots": 4, "user": "", "port": 22]), as: admin)
      #expect(changed.status == 422 && changed.text.contains("password again"), "\(changed.text)")
      let renamed = try await server.send(
        .patch, "/api/hosts/\(id)", .json(["name": "gpu one", "slots": 4, "user": ""]), as: admin)
      #expect(renamed.json["name"] == "gpu one" && renamed.json["settings"]?["user"] == nil)
      #expect(renamed.json["host_id"]?.string == id)
      #expect(server.fleet.enrolled.last?.authentication == .password("hunter2"))

      let removed = try await server.send(.delete, "/api/hosts/\(id)", as: admin)
      #expect(removed.status == 200)
      #expect(server.fleet.dismissed.map(\.rawValue) == [id])
      #expect(try await server.send(.get, "/api/hosts/\(id)", as: admin).status == 404)
      let fired = try await server.eventKinds(after: before, for: admin)
      #expect(fired == ["host.added", "host.changed", "host.removed"])
    }
  }

  @Test func `many hosts come in pages that repeat and leave out none, also where one is removed meanwhile`()
    async throws
  {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      for number in 1...6 {
        _ = try await Self.add(server, ["name": .string("gpu\(number)")], as: admin)
      }
      func page(_ query: String) async throws -> (names: [String], next: String?, ids: [String]) {
        let answer = try await server.send(.get, "/api/hosts" + query, as: admin)
        #expect(answer.status == 200, "\(answer.text)")
        let items = answer.json["hosts"]?.items ?? []
        return (
          items.compactMap { $0["name"]?.string }, answer.json["next"]?.string,
          items.compactMap { $0["host_id"]?.string }
        )
      }
      let all = try await page("")
      #expect(all.names == ["Recording"] + (1...6).map { "gpu\($0)" } && all.next == nil)
      let whole = try await page("?limit=7")
      #expect(whole.names == all.names && whole.next == nil)
      let first = try await page("?limit=3")
      #expect(first.names == ["Recording", "gpu1", "gpu2"])
      let second = try await page("?limit=3&after=" + (try #require(first.next)))
      #expect(second.names == ["gpu3", "gpu4", "gpu5"])
      let last = try await page("?limit=3&after=" + (try #require(second.next)))
      #expect(last.names == ["gpu6"] && last.next == nil)
      // The host that a page ended with goes, and then one before it.
      _ = try await server.send(.delete, "/api/hosts/\(first.ids[2])", as: admin)
      let behindRemoved = try await page("?limit=3&after=" + (try #require(first.next)))
      #expect(behindRemoved.names == ["gpu3", "gpu4", "gpu5"])
      let behindAll = try await page("?limit=3&after=" + (try #require(second.next)))
      #expect(behindAll.names == ["gpu6"])
      let wrong = [
        "limit=0", "limit=1001", "limit=x", "after=", "after=3", "after=x:y", "after=0:local", "after=-1:a",
      ]
      for query in wrong {
        let refused = try await server.send(.get, "/api/hosts?" + query, as: admin)
        #expect(refused.status == 422, "\(query): \(refused.status)")
      }
      let nowhere = try await page("?after=99:gone")
      #expect(nowhere.names.isEmpty && nowhere.next == nil)
    }
  }

  @Test func `a port is taken back by 0, and stays where nothing is said of it`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let id = try await Self.add(server, ["port": 2222], as: admin).string("host_id")
      let named = try await server.send(.patch, "/api/hosts/\(id)", .json(["name": "gpu one"]), as: admin)
      #expect(named.json["settings"]?["port"] == 2222)
      let back = try await server.send(.patch, "/api/hosts/\(id)", .json(["port": 0]), as: admin)
      #expect(back.status == 200 && back.json["settings"]?["port"] == nil, "\(back.text)")
      #expect(back.json["name"] == "gpu one")
      #expect(server.fleet.enrolled.last?.port == nil)
      for port: JSONValue in [-1, 65_536] {
        let refused = try await server.send(.patch, "/api/hosts/\(id)", .json(["port": port]), as: admin)
        #expect(refused.status == 422 && refused.json["fields"]?.items.first?["field"] == "port")
      }
    }
  }

  @Test func `what is wrong with a host names its field`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let cluster: [String: JSONValue] = ["kind": "slurm"]
      let wrong: [(String, [String: JSONValue])] = [
        ("name", ["name": "-x"]), ("address", ["address": "a;reboot"]), ("user", ["user": "a b"]),
        ("port", ["port": 65_536]), ("slots", ["slots": 65]), ("jump_host", ["jump_host": "a b"]),
        ("work_dir", ["work_dir": "work"]), ("user_data_dir", ["user_data_dir": "~/../x"]),
        ("venv", ["venv": "x"]), ("conda_env", ["conda_env": "-x"]),
        ("llamafactory_path", ["llamafactory_path": "-x"]), ("key_path", ["key_path": "id"]),
        ("private_key", ["private_key": "ssh-ed25519 AAAA"]), ("password", ["password": "a\nb"]),
        ("slurm.minutes", cluster.merging(["slurm": ["minutes": 0]]) { $1 }),
        ("slurm.nodes", cluster.merging(["slurm": ["nodes": 9999]]) { $1 }),
        ("slurm.memory_mib", cluster.merging(["slurm": ["memory_mib": -1]]) { $1 }),
        ("slurm.partition", cluster.merging(["slurm": ["partition": "de bug"]]) { $1 }),
      ]
      for (field, more) in wrong {
        let answer = try await server.send(
          .post, "/api/hosts/test",
          .json(.object(["address": "gpu1.example.org"].merging(more) { _, new in new })), as: admin)
        #expect(answer.status == 422, "\(field): \(answer.text)")
        let fields = answer.json["fields"]?.items ?? []
        #expect(fields.count == 1 && fields.first?["field"]?.string == field, "\(field): \(answer.text)")
        #expect(fields.first?["message"] == answer.json["error"])
      }
      // What is about no field of its own names none.
      let both = try await Self.add(server, ["password": "a", "key_path": "/k"], as: admin)
      #expect(both.status == 422 && both.json["fields"] == nil)
    }
  }

  @Test func `a try of a cluster says which Slurm is there, and what keeps jobs from it`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let cluster: [String: JSONValue] = ["kind": "slurm", "name": "lab", "address": "login1"]
      for (body, version, problem) in [
        (["partition": "debug"] as JSONValue, "slurm 22.05.8", nil),
        (["partition": "gone"], "slurm 22.05.8", "The cluster has no partition gone."),
      ] as [(JSONValue, String, String?)] {
        let trial = try await server.send(
          .post, "/api/hosts/test", .json(.object(cluster.merging(["slurm": body]) { $1 })), as: admin)
        #expect(trial.json["connected"] == true && trial.json["slurm"]?.string == version, "\(trial.text)")
        #expect(trial.json["slurm_problem"]?.string == problem, "\(trial.text)")
        #expect((trial.json["slurm_hint"] == nil) == (problem == nil))
      }
      let machine = try await server.send(
        .post, "/api/hosts/test", .json(["address": "gpu1.example.org"]), as: admin)
      #expect(machine.json["slurm"] == nil && machine.json["slurm_problem"] == nil)
    }
  }

  @Test func `a user sees hosts without their settings, and may do nothing to them`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let bob = try await server.register("bob")
      let id = try await Self.add(
        server, ["user": "train", "key_path": "/etc/keys/gpu", "passphrase": "open sesame"], as: admin
      ).string("host_id")
      let seen = try await server.send(.get, "/api/hosts/\(id)", as: bob)
      #expect(seen.status == 200 && seen.json["address"] == "gpu1.example.org")
      #expect(seen.json["settings"] == nil)
      let list = try await server.send(.get, "/api/hosts", as: bob)
      for text in [seen.text, list.text] {
        #expect(!text.contains("/etc/keys") && !text.contains("train"), "\(text)")
      }
      let body: JSONValue = ["name": "x", "address": "x"]
      let trust: JSONValue = ["fingerprint": .string(RecordingFleet.fingerprint)]
      let refused: [(HTTPMethod, String, Body)] = [
        (.post, "/api/hosts", .json(body)), (.post, "/api/hosts/test", .json(body)),
        (.patch, "/api/hosts/\(id)", .json(["slots": 2])), (.delete, "/api/hosts/\(id)", .none),
        (.post, "/api/hosts/\(id)/test", .none), (.post, "/api/hosts/\(id)/trust", .json(trust)),
      ]
      for (method, path, body) in refused {
        try await server.check(
          APIScenario(
            "\(method) \(path)", method, path, body, expect: 403, contains: ["forbidden"], storesNothing: true
          ),
          as: bob)
      }
      #expect(server.fleet.enrolled.count == 1 && server.fleet.dismissed == [])
    }
  }

  @Test func `no secret and no key path is in an answer, an event, the log or the database`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let bob = try await server.register("bob")
      let ways: [[String: JSONValue]] = [
        ["name": "a", "password": "hunter2"],
        ["name": "b", "private_key": .string(Self.key), "passphrase": "open sesame"],
        ["name": "c", "key_path": "/etc/keys/gpu", "passphrase": "open sesame"],
      ]
      for way in ways {
        let added = try await Self.add(server, way, as: admin)
        #expect(added.status == 200, "\(added.text)")
        let id = try added.string("host_id")
        let body = JSONValue.object(way.merging(["address": "x"]) { _, new in new })
        let answers = [
          added, try await server.send(.get, "/api/hosts/\(id)", as: admin),
          try await server.send(.get, "/api/hosts", as: admin),
          try await server.send(.post, "/api/hosts/\(id)/test", as: admin),
          try await server.send(.post, "/api/hosts/test", .json(body), as: admin),
          try await server.send(.patch, "/api/hosts/\(id)", .json(["slots": 3]), as: admin),
        ]
        for answer in answers {
          for secret in Self.secrets + ["/etc/keys"] {
            #expect(!answer.text.contains(secret), "\(answer.text)")
          }
        }
      }
      #expect(
        server.fleet.enrolled.contains {
          $0.authentication == .privateKey(Self.key, passphrase: "open sesame")
        })
      let events = try await server.read("/api/events?after=0", as: bob, until: { $0.data.contains("\"c\"") })
      let told = events.map(\.data).joined() + server.log.text
      for secret in Self.secrets + ["/etc/keys"] { #expect(!told.contains(secret)) }
      let stored = try await StoredState.text(of: server.folder)
      for secret in Self.secrets { #expect(!stored.contains(secret)) }
      // SQLite's files may hold more than its rows.
      for name in ["luthier.db", "luthier.db-wal"] where DatabaseServer.wanted == nil {
        let bytes = String(
          decoding: try #require(try? Data(contentsOf: URL(filePath: "\(server.folder)/\(name)"))),
          as: UTF8.self)
        for secret in Self.secrets { #expect(!bytes.contains(secret), "\(name)") }
      }
    }
  }

  @Test func `hosts are there again after a restart, under the same identifiers`() async throws {
    let folder = try TestServer.makeFolder()
    defer { TestServer.removeFolder(folder) }
    let id = try await TestServer.run(keepingIn: folder) { server in
      let admin = try await server.register("admin")
      return try await Self.add(server, ["password": "hunter2"], as: admin).string("host_id")
    }
    try await TestServer.run(keepingIn: folder) { server in
      let token = try await server.login("admin")
      let host = try await server.send(.get, "/api/hosts/\(id)", token: token)
      #expect(host.json["name"] == "gpu1")
      #expect(server.fleet.enrolled.map(\.authentication) == [.password("hunter2")])
    }
    try await TestServer.run(["SECRET_KEY": "another secret than before"], keepingIn: folder) { server in
      #expect(server.fleet.enrolled.map(\.authentication) == [.lost])
    }
  }

  @Test func `a host on which a task has not ended is kept, and the answer says which`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let id = try await Self.add(server, as: admin).string("host_id")
      try #require(server.fleet.recording(id)).addModel("/models/base")
      try await server.upload(as: admin)
      let task = try await server.submit(["host_id": .string(id)], as: admin)
      try await server.wait(task, for: "running", as: admin)
      try await server.check(
        APIScenario(
          "in use", .delete, "/api/hosts/\(id)", expect: 409, contains: ["1 task has not ended", task],
          storesNothing: true), as: admin)
      _ = try await server.send(.post, "/api/tasks/\(task)/cancel", as: admin)
      try await server.wait(task, for: "cancelled", as: admin)
      #expect(try await server.send(.delete, "/api/hosts/\(id)", as: admin).status == 200)
    }
  }

  @Test func `this machine is neither changed nor removed nor tried`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let trust: JSONValue = ["fingerprint": .string(RecordingFleet.fingerprint)]
      let requests: [(HTTPMethod, String, Body)] = [
        (.patch, "/api/hosts/local", .json(["slots": 2])), (.delete, "/api/hosts/local", .none),
        (.post, "/api/hosts/local/test", .none), (.post, "/api/hosts/local/trust", .json(trust)),
      ]
      for (method, path, body) in requests {
        try await server.check(
          APIScenario("\(method) \(path)", method, path, body, expect: 409, storesNothing: true), as: admin)
      }
      for path in ["/api/hosts/none", "/api/hosts/00000000-0000-4000-8000-000000000000"] {
        #expect(try await server.send(.delete, path, as: admin).status == 404)
        #expect(try await server.send(.patch, path, .json(["slots": 2]), as: admin).status == 404)
      }
    }
  }

  @Test func `what cannot be a host is refused before anything is stored or connected`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      _ = try await Self.add(server, as: admin)
      let bad: [(String, [String: JSONValue])] = [
        ("no address", ["name": "x", "address": ""]),
        ("an option", ["name": "x", "address": "-oProxyCommand=x"]),
        ("a shell's word", ["name": "x", "address": "a;reboot"]),
        ("two ways", ["name": "x", "password": "a", "key_path": "/k"]),
        ("no key", ["name": "x", "private_key": "ssh-ed25519 AAAA"]),
        ("a relative key", ["name": "x", "key_path": "id_ed25519"]),
        ("a passphrase alone", ["name": "x", "passphrase": "x"]),
        ("two lines", ["name": "x", "password": "a\nb"]), ("port 0", ["name": "x", "port": 0]),
        ("port 65536", ["name": "x", "port": 65_536]), ("no slots", ["name": "x", "slots": 0]),
        ("a relative folder", ["name": "x", "work_dir": "work"]),
        ("a folder above", ["name": "x", "user_data_dir": "~/../x"]), ("no name", ["name": ""]),
        ("no fingerprint", ["name": "x", "fingerprint": "MD5:aa"]),
        ("a jump with a command", ["name": "x", "jump_host": "a -oProxyCommand=x"]),
      ]
      for (what, more) in bad {
        let body: [String: JSONValue] = ["address": "gpu1.example.org"]
        try await server.check(
          APIScenario(
            what, .post, "/api/hosts", .json(.object(body.merging(more) { _, new in new })), expect: 422,
            lacks: Self.secrets, storesNothing: true), as: admin)
      }
      for more: [String: JSONValue] in [
        ["name": "gpu1"], ["name": "Recording"], ["name": "local"],
        ["name": "x", "fingerprint": .string("SHA256:" + String(repeating: "b", count: 43))],
      ] {
        let answer = try await Self.add(server, more, as: admin)
        #expect(answer.status == 409, "\(more): \(answer.text)")
      }
      #expect(server.fleet.enrolled.count == 1)
    }
  }

  @Test func `a host that cannot be reached is shown with what was last known of it`() async throws {
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let seen: JSONValue = try await server.waitUntil("it was measured") {
        let host = try await server.send(.get, "/api/hosts/local", as: admin).json
        return host["last_contact"]?.string == nil ? nil : host
      }
      server.host.setReachable(false)
      let host = try await server.send(.get, "/api/hosts/local", as: admin).json
      #expect(host["state"] == "unreachable" && host["reachable"] == false)
      #expect(host["problem"] != .null && host["hint"] == "Wait.")
      #expect(host["load"]?["memory_total"] == seen["load"]?["memory_total"])
      #expect(host["last_contact"]?.string != nil)
    }
  }
}
