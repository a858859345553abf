import Contract
import FoundationEssentials

/// Machines that train and serve.
enum HostCommands {
  static let group = Command(
    group: "host", "Machines that train and serve",
    examples: [.init("luthier host list", "Their load and their GPUs.")],
    [list, show] + HostAdministrationCommands.all + [doctor, HostSetupCommand.command])

  private static let doctor = Command(
    "doctor", "Say what works on a host, what is missing, and the cure",
    positionals: [.init("HOST", "Its host_id or its name")],
    examples: [.init("luthier host doctor gpu1", "As luthier doctor, for one host.")],
    action: { try await DoctorCommand.run($0) })

  static let path = APIPath("api", "hosts")

  static func resolve(_ word: String, _ client: APIClient) async throws -> String {
    let all = try await all(client).value.hosts
    return try NamedThing.resolve(
      word, among: all.map { NamedThing(id: $0.hostID, names: [$0.name]) }, what: "host")
  }

  /// Every host, however many answers that takes.
  static func all(_ client: APIClient) async throws -> APIClient.Answer<HostListReply> {
    var answer = try await client.get(path, as: HostListReply.self)
    guard var next = answer.value.next else { return answer }
    var hosts = answer.value.hosts
    while true {
      answer = try await client.get(
        APIPath("api", "hosts", query: [("after", next)]), as: HostListReply.self)
      hosts += answer.value.hosts
      guard let further = answer.value.next else { break }
      next = further
    }
    let whole = HostListReply(hosts: hosts)
    return APIClient.Answer(value: whole, bytes: [UInt8](try JSONEncoder().encode(whole)))
  }

  private static let list = Command(
    "list", "List the hosts", examples: [.init("luthier host list", "All of them.")]
  ) { call in
    let answer = try await all(call.client())
    return call.answer(answer) { reply in
      var table = Table(
        "HOST ID", "NAME", "KIND", "STATE", ">SLOTS", ">CPU", ">MEMORY FREE", ">DISK FREE", "GPUS")
      for host in reply.hosts {
        let load = host.load
        table.add(
          Table.Cell(host.hostID), Table.Cell(host.name), Table.Cell(host.kind.rawValue),
          state(of: host),
          Table.Cell("\(host.slotsInUse)/\(host.slots)"),
          Table.Cell(load?.cpuPercent.map { Quantity.percentage($0) } ?? "-"),
          Table.Cell(load.map { Quantity.size($0.memoryAvailable) } ?? "-"),
          Table.Cell(load.map { Quantity.size($0.diskFree) } ?? "-"),
          Table.Cell(load.map { $0.gpus.isEmpty ? "none" : "\($0.gpus.count) × \($0.gpus[0].name)" } ?? "-"))
      }
      call.printer.show(table)
      for host in reply.hosts {
        if let problem = host.problem { call.printer.note("\(host.name): \(problem)") }
        if let hint = host.hint { call.printer.hint(hint) }
      }
    }
  }

  private static func state(of host: HostReply) -> Table.Cell {
    Table.Cell(host.state.rawValue, tone(of: host))
  }

  private static func tone(of host: HostReply) -> Tone {
    host.reachable ? .good : host.state == .connecting ? .busy : .bad
  }

  private static let show = Command(
    "show", "Show a host", positionals: [.init("ID", "Its host_id or its name")],
    examples: [.init("luthier host show local", "This machine.")]
  ) { call in
    let client = try call.client()
    let id = try await resolve(call.arguments.word("ID"), client)
    let answer = try await client.get(APIPath("api", "hosts", id), as: HostReply.self)
    return call.answer(answer) { describe($0, call.printer) }
  }

  private static func describe(_ host: HostReply, _ printer: Printer) {
    var sheet = Sheet()
    sheet.add("Host", host.name)
    sheet.add("Host ID", host.hostID)
    sheet.add("Kind", host.kind.rawValue)
    sheet.add("Address", host.address)
    sheet.add("State", host.state.rawValue, tone(of: host))
    sheet.add("Problem", host.problem, .bad)
    sheet.add("Cure", host.hint)
    sheet.add("Last contact", host.lastContact.map { Quantity.localTime($0) })
    for fingerprint in host.fingerprints { sheet.add("Host key", fingerprint) }
    sheet.add("Shown instead", host.offeredFingerprint, .bad)
    sheet.add("Name there", host.hostname)
    sheet.add("Python", host.python)
    sheet.add("LLaMA-Factory", host.llamafactory)
    sheet.add("torch", host.torch)
    sheet.add("Slots", "\(host.slotsInUse) of \(host.slots) in use")
    if let load = host.load {
      sheet.add("CPU", load.cpuPercent.map { Quantity.percentage($0) })
      sheet.add("Load", Quantity.printed("%.2f", load.loadAverage))
      sheet.add(
        "Memory", "\(Quantity.size(load.memoryAvailable)) free of \(Quantity.size(load.memoryTotal))")
      sheet.add("Disk", "\(Quantity.size(load.diskFree)) free of \(Quantity.size(load.diskTotal))")
      sheet.add("GPUs", load.gpus.isEmpty ? load.gpuNote ?? "none" : nil)
    }
    if let settings = host.settings {
      sheet.add("Login", settings.authentication.rawValue)
      sheet.add("User", settings.user)
      sheet.add("Port", settings.port.map { "\($0)" })
      sheet.add("Jump host", settings.jumpHost)
      sheet.add("Data", settings.userDataDir)
      sheet.add("Work folder", settings.workDir)
      sheet.add("venv", settings.venv)
      sheet.add("conda", settings.condaEnv)
      sheet.add("llamafactory-cli", settings.llamafactoryPath)
    }
    printer.show(sheet)
    guard let gpus = host.load?.gpus, !gpus.isEmpty else { return }
    printer.line("")
    var table = Table(">GPU", "NAME", ">MEMORY USED", ">OF", ">USE", ">TEMPERATURE", ">POWER")
    for gpu in gpus {
      table.add(
        Table.Cell("\(gpu.index)"), Table.Cell(gpu.name), Table.Cell(Quantity.size(gpu.memoryUsed)),
        Table.Cell(Quantity.size(gpu.memoryTotal)),
        Table.Cell(gpu.utilization.map { Quantity.percentage($0) } ?? "-"),
        Table.Cell(gpu.temperature.map { Quantity.printed("%.0f °C", $0) } ?? "-"),
        Table.Cell(gpu.power.map { Quantity.printed("%.0f W", $0) } ?? "-"))
    }
    printer.show(table)
    for gpu in gpus {
      if gpu.partitioned { printer.note("GPU \(gpu.index) is divided (MIG) and given to no task.") }
      for process in gpu.processes where process.owner != .ours {
        printer.note(
          "GPU \(gpu.index): \(process.name ?? "a process") (\(process.pid)) of \(process.user ?? "somebody else")"
        )
      }
    }
    if let note = host.load?.gpuNote { printer.note(note) }
  }
}
