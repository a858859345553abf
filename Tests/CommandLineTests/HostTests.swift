@testable import CommandLineTool
import Contract
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Hosts by the command line: what is shown before anything is added, and what is asked.
struct HostTests {
  private static let key = "SHA256:" + String(repeating: "a", count: 43)

  private static func host(offered: String? = nil, slurm: SlurmSettings? = nil) -> HostReply {
    HostReply(
      hostID: "h1", name: "gpu1", kind: .ssh, state: offered == nil ? .connected : .refused,
      reachable: offered == nil, fingerprints: [key], offeredFingerprint: offered, slots: 1, slotsInUse: 0,
      editable: true, slurm: slurm)
  }

  private static func host(named name: String) -> HostReply {
    HostReply(
      hostID: "id-" + name, name: name, kind: .ssh, state: .connected, reachable: true, fingerprints: [key],
      slots: 1, slotsInUse: 0, editable: true)
  }

  private static func handler(
    trial: HostTrialReply = HostTrialReply(connected: true, fingerprints: [key]), offered: String? = nil,
    bodies: Bodies = Bodies(), slurm: SlurmSettings? = nil
  ) -> Handler {
    { request in
      if request.method != .get {
        bodies.add(String(decoding: try await request.body.collect(), as: UTF8.self))
      }
      switch (request.method, request.target.path) {
      case (.get, "/api/hosts"):
        return try .wire(HostListReply(hosts: [host(offered: offered, slurm: slurm)]))
      case (.post, "/api/hosts/test"), (.post, "/api/hosts/h1/test"): return try .wire(trial)
      default: return try .wire(host(offered: offered, slurm: slurm))
      }
    }
  }

  @Test func `a host is added with the key that was shown and accepted`() async throws {
    let bodies = Bodies()
    try await TestServer.run(Self.handler(bodies: bodies)) { server in
      let console = server.console(input: ScriptedInput(lines: ["hunter2"]))
      let code = await console.run(
        "host", "add", "gpu1", "--address", "gpu1.example.org", "--port", "2222", "--password-stdin", "--yes")
      #expect(code == .done, "\(console.errors.text)")
      #expect(server.requests == ["POST /api/hosts/test", "POST /api/hosts"])
      #expect(console.output.text.contains(Self.key) && console.output.text.contains("Added gpu1 (h1)."))
      #expect(!console.output.text.contains("hunter2") && !console.errors.text.contains("hunter2"))
      let sent = bodies.all
      #expect(sent.count == 2 && sent.allSatisfy { $0.contains("hunter2") && $0.contains("2222") })
      // JSON may write the slash of base64 as it likes; this one has none.
      #expect(!sent[0].contains(Self.key) && sent[1].contains("\"fingerprint\":\"\(Self.key)\""))
    }
  }

  @Test func `without a yes nothing is added, and where nobody can be asked that is said`() async throws {
    try await TestServer.run(Self.handler()) { server in
      let refusing = server.console(input: ScriptedInput(lines: ["n"], isTerminal: true))
      #expect(await refusing.run("host", "add", "gpu1") == .failed)
      let piped = server.console()
      #expect(await piped.run("host", "add", "gpu1") == .usage)
      #expect(piped.errors.text.contains("--yes"))
      #expect(server.requests == ["POST /api/hosts/test", "POST /api/hosts/test"])
    }
  }

  @Test func `a host that cannot be reached is not added, and the cure is shown`() async throws {
    let trial = HostTrialReply(
      connected: false, problem: "Nothing listens.", hint: "Start sshd.", fingerprints: [])
    try await TestServer.run(Self.handler(trial: trial)) { server in
      let console = server.console()
      #expect(await console.run("host", "add", "gpu1", "--yes") == .failed)
      #expect(console.errors.text.contains("Nothing listens.") && console.errors.text.contains("Start sshd."))
      #expect(await console.run("host", "test", "gpu1") == .failed)
      #expect(!server.requests.contains("POST /api/hosts"))
    }
  }

  @Test func `a new key is accepted only after both were shown`() async throws {
    let offered = "SHA256:" + String(repeating: "b", count: 43)
    let bodies = Bodies()
    try await TestServer.run(Self.handler(offered: offered, bodies: bodies)) { server in
      let console = server.console(input: ScriptedInput(lines: ["y"], isTerminal: true))
      #expect(await console.run("host", "trust", "gpu1") == .done, "\(console.errors.text)")
      #expect(console.errors.text.contains(Self.key) && console.errors.text.contains(offered))
      #expect(bodies.all == ["{\"fingerprint\":\"\(offered)\"}"])
    }
    try await TestServer.run(Self.handler()) { server in
      let console = server.console()
      #expect(await console.run("host", "trust", "gpu1", "--yes") == .conflict)
      #expect(!server.requests.contains("POST /api/hosts/h1/trust"))
    }
  }

  @Test func `a key is read from the file here, and only one way to log in is taken`() async throws {
    let bodies = Bodies()
    try await withTemporaryFolder { folder in
      try write(Array("-----BEGIN KEY-----\n".utf8), to: folder + "/id")
      try await TestServer.run(Self.handler(bodies: bodies)) { server in
        let console = server.console()
        #expect(await console.run("host", "edit", "gpu1", "--key", folder + "/id") == .done)
        #expect(bodies.all.first?.contains("-----BEGIN KEY-----") == true)
        #expect(bodies.all.first?.contains(folder) == false)
        let both = await console.run(
          "host", "edit", "gpu1", "--key", folder + "/id", "--server-key", "/k")
        #expect(both == .usage)
        #expect(await console.run("host", "edit", "gpu1", "--key", folder + "/none") == .usage)
        #expect(bodies.all.count == 1)
      }
    }
  }

  @Test func `one setting of a cluster is changed, and the others stay as they are`() async throws {
    let bodies = Bodies()
    let set = SlurmSettings(partition: "gpu", qos: "high", minutes: 60, services: .loginNode)
    try await TestServer.run(Self.handler(bodies: bodies, slurm: set)) { server in
      let console = server.console()
      #expect(await console.run("host", "edit", "gpu1", "--minutes", "600", "--qos", "") == .done)
      let sent = bodies.all.first ?? ""
      #expect(sent.contains("\"partition\":\"gpu\"") && sent.contains("\"minutes\":600"), "\(sent)")
      #expect(sent.contains("\"services\":\"login_node\"") && !sent.contains("qos"), "\(sent)")
      // Where none is named, none is sent: they stay.
      #expect(await console.run("host", "edit", "gpu1", "--slots", "2") == .done)
      #expect(bodies.all.last?.contains("slurm") == false)
      #expect(await console.run("host", "edit", "gpu1", "--services", "elsewhere") == .usage)
      #expect(await console.run("host", "edit", "gpu1", "--minutes", "soon") == .usage)
      #expect(await console.run("host", "edit", "gpu1", "--serving-minutes", "soon") == .usage)
      #expect(bodies.all.count == 2)
      #expect(
        await console.run("host", "edit", "gpu1", "--serving-qos", "chat", "--serving-gres", "none") == .done)
      let served = bodies.all.last ?? ""
      // The members have no order.
      let serving = ["{\"gres\":\"none\",\"qos\":\"chat\"}", "{\"qos\":\"chat\",\"gres\":\"none\"}"]
      #expect(serving.contains { served.contains("\"serving\":\($0)") }, "\(served)")
      #expect(served.contains("\"minutes\":60"), "\(served)")
    }
  }

  @Test func `hosts on further pages are listed and found by their names`() async throws {
    let answer: Handler = { request in
      guard request.target.path == "/api/hosts" else { return try .wire(Self.host()) }
      let after = request.target.query["after"]
      let number = after.flatMap { Int($0.dropFirst()) } ?? 0
      return try .wire(
        HostListReply(hosts: [Self.host(named: "gpu\(number)")], next: number < 2 ? "p\(number + 1)" : nil))
    }
    try await TestServer.run(answer) { server in
      let console = server.console()
      #expect(await console.run("host", "list") == .done)
      for number in 0...2 { #expect(console.output.text.contains("gpu\(number)")) }
      #expect(await console.run("host", "show", "gpu2") == .done)
      #expect(server.requests.contains("GET /api/hosts/id-gpu2"), "\(server.requests)")
      let json = server.console()
      #expect(await json.run("host", "list", "--json") == .done)
      for number in 0...2 { #expect(json.output.text.contains("\"name\":\"gpu\(number)\"")) }
      #expect(!json.output.text.contains("next"))
    }
  }

  @Test func `a failed installation ends with 1, its problem and its cure, after its whole log`() async throws
  {
    let failed = HostSetupReply(
      state: .failed, phase: "failed", code: "no_venv", problem: "No venv.", hint: "Install it.", logSize: 9)
    let answer: Handler = { request in
      switch (request.method, request.target.path) {
      case (.get, "/api/hosts"): return try .wire(HostListReply(hosts: [Self.host()]))
      case (.get, _):
        let log = #"{"logs":"step one\n","offset":0,"next_offset":9,"size":9}"#
        let end =
          #"{"state":"failed","code":"no_venv","problem":"No venv.","hint":"Install it.","log_size":9}"#
        return Response(
          fields: ["Content-Type": "text/event-stream"],
          body: .bytes(Array("id: 9\nevent: log\ndata: \(log)\n\nid: 9\nevent: end\ndata: \(end)\n\n".utf8)))
      default: return try .wire(failed)
      }
    }
    try await TestServer.run(answer) { server in
      let console = server.console()
      #expect(await console.run("host", "setup", "gpu1") == .failed)
      #expect(console.output.text.contains("step one"))
      #expect(console.errors.text.contains("No venv.") && console.errors.text.contains("Install it."))
    }
  }
}

/// What was sent, in order.
private final class Bodies: Sendable {
  private let state = Mutex<[String]>([])
  var all: [String] { state.withLock { $0 } }
  func add(_ body: String) { state.withLock { $0.append(body) } }
}
