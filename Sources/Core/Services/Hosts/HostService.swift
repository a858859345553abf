import Concurrency
package import Domain

/// What the hosts are and how they do.
package struct HostService: Sendable {
  package struct Overview: Sendable {
    package let description: HostDescription
    package let connection: HostConnection
    package let facts: HostFacts?
    package let measurement: HostMeasurement?
    /// As it was found when the host was connected or looked at last.
    package let trainer: TrainerFacts?
    /// Why it is not connected, or why it does not answer although it is.
    package let problem: DomainError?
    package let lastContact: Timestamp?
    package let slotsInUse: Int
  }

  package struct Check: Sendable, Equatable {
    package enum Outcome: String, Sendable { case passed, warning, failed }
    package let name: String
    package let outcome: Outcome
    package let message: String
    package let cure: String?
  }

  private let fleet: any HostFleet
  private let supervisor: TaskSupervisor
  private let trainers: KnownTrainers
  private let chat: ScriptedChat?

  /// - Parameters:
  ///   - trainers: keeps what is found of them.
  ///   - chat: the way of chatting whose needs the doctor looks at too.
  package init(
    fleet: any HostFleet, supervisor: TaskSupervisor, trainers: KnownTrainers, chat: ScriptedChat? = nil
  ) {
    self.fleet = fleet
    self.supervisor = supervisor
    self.trainers = trainers
    self.chat = chat
  }

  /// At most `limit` hosts behind a place, or from the first, and the place behind them where there are more; no other
  /// host is asked anything.
  package func list(after place: HostPlace? = nil, limit: Int = .max) async -> (
    hosts: [Overview], next: HostPlace?
  ) {
    let all = await fleet.hosts()
    let start = place?.start(among: all.map(\.description.id)) ?? 0
    let page = Array(all[start...].prefix(limit))
    let end = start + page.count
    let next = end < all.count ? page.last.map { HostPlace(position: end, id: $0.description.id) } : nil
    return (await overviews(of: page, loadWithin: Self.age(ofLoadsAmong: all.count)), next)
  }

  private func overviews(of hosts: [any Host], loadWithin age: Duration) async -> [Overview] {
    await withTaskGroup(of: (Int, Overview).self) { group in
      for (position, host) in hosts.enumerated() {
        group.addTask { (position, await overview(of: host, loadWithin: age)) }
      }
      var found: [(Int, Overview)] = []
      for await entry in group { found.append(entry) }
      return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// How old a load in the list may be: with many hosts, asking each of them for everyone who looks is more than they
  /// and the server can do; the gauge asks each every 20 seconds anyway.
  static func age(ofLoadsAmong count: Int) -> Duration { max(.seconds(1), .milliseconds(count * 25)) }

  package func overview(_ id: HostID) async throws(DomainError) -> Overview {
    await overview(of: try await fleet.host(id), loadWithin: .zero)
  }

  /// Answers within seconds, whatever the host does: one that is slow must not hold up the list.
  private func overview(of host: any Host, loadWithin age: Duration) async -> Overview {
    let id = host.description.id
    var facts: HostFacts?
    var measurement: HostMeasurement?
    var problem: DomainError?
    var connection = await host.connection()
    if connection.state == .connecting || connection.state == .connected {
      do {
        facts = try await withTimeout(.seconds(2)) { try await host.facts() }
        measurement = try await withTimeout(.seconds(3)) {
          try await supervisor.gauge.measurement(of: host, within: age)
        }
        if await trainers.of(id) == nil {
          // The versions alone: not to know them is no reason to call the host slow.
          let found = try? await withTimeout(.seconds(3)) { try await host.trainer(thorough: false) }
          if let found { await trainers.note(found, of: id) }
        }
      } catch is TimeoutError {
        if facts != nil { problem = Self.slow }
      } catch {
        problem = error as? DomainError
      }
      connection = await host.connection()
    }
    if measurement == nil, case .seen(let last) = await supervisor.gauge.view(of: id) { measurement = last }
    return Overview(
      description: host.description, connection: connection, facts: facts, measurement: measurement,
      trainer: await trainers.of(id), problem: connection.problem ?? problem,
      lastContact: await supervisor.gauge.lastContact(id), slotsInUse: await supervisor.slotsInUse(on: id))
  }

  private static let slow = DomainError(
    .timedOut, "The host did not answer in time.", hint: "Check its load and its disks, then try again.",
    origin: .host)

  /// Looks at everything training needs and says the command that cures what is missing.
  package func doctor(_ id: HostID?) async throws(DomainError) -> [Check] {
    let host: any Host
    if let id {
      host = try await fleet.host(id)
    } else if let first = await fleet.hosts().first {
      host = first
    } else {
      return [
        Check(name: "host", outcome: .failed, message: "There is no host.", cure: "luthier host add")
      ]
    }
    let facts: HostFacts
    do {
      facts = try await host.facts()
    } catch {
      return [Check(name: "host", outcome: .failed, message: error.message, cure: error.hint)]
    }
    var checks = [
      Check(
        name: "host", outcome: .passed,
        message: "\(facts.hostname): \(facts.system), Python \(facts.python), \(facts.cpuCount) cores",
        cure: nil)
    ]
    let load = try await host.measure()
    checks += machine(load)
    checks += try await trainer(host, hasGPU: !load.gpus.isEmpty)
    if let cluster = host.description.cluster {
      let found = await trainers.of(host.description.id)
      // GPUs are the nodes', not the login node's.
      checks.removeAll { $0.name == "gpu" }
      checks += try await ClusterDoctor(host: host, defaults: cluster.tasks).checks(trainer: found?.command)
    }
    if let chat { checks += await chat.checks(on: host) }
    return checks
  }

  private func trainer(_ host: any Host, hasGPU: Bool) async throws(DomainError) -> [Check] {
    let trainer = try await host.trainer(thorough: true)
    await trainers.note(trainer, of: host.description.id)
    guard let command = trainer.command, trainer.problem == nil else {
      return [
        Check(
          name: "trainer", outcome: .failed, message: trainer.problem ?? "LLaMA-Factory is not installed.",
          cure: "luthier host setup \(host.description.name)")
      ]
    }
    let version = trainer.version.map { "LLaMA-Factory \($0)" } ?? "LLaMA-Factory"
    let torch = trainer.torch.map { ", torch \($0)" } ?? ""
    let found = Check(
      name: "trainer", outcome: .passed, message: "\(version)\(torch) (\(command))", cure: nil)
    guard hasGPU, let python = trainer.python else { return [found] }
    return [found, try await torchOnGPU(python, host)]
  }

  /// Whether torch sees the GPUs that nvidia-smi shows: a torch without CUDA, or one too new for the driver, trains on
  /// the processor without a word.
  private func torchOnGPU(_ python: String, _ host: any Host) async throws(DomainError) -> Check {
    let said = try await host.run([python, "-c", Self.torchQuestion], limit: 120)
    let words = said.output.split(separator: "\n").last?.split(separator: " ").map(String.init) ?? []
    guard said.exitCode == 0, words.count == 2, let count = Int(words[1]) else {
      let last = said.error.split(separator: "\n").last.map(String.init) ?? "it gave no answer"
      return Check(
        name: "torch", outcome: .failed,
        message: "torch could not be asked for its GPUs: \(last.prefix(300))",
        cure: "luthier host setup \(host.description.name)")
    }
    if count > 0 {
      return Check(
        name: "torch", outcome: .passed,
        message: count == 1
          ? "torch sees 1 GPU (CUDA \(words[0]))" : "torch sees \(count) GPUs (CUDA \(words[0]))", cure: nil)
    }
    return words[0] == "None"
      ? Check(
        name: "torch", outcome: .failed,
        message: "This torch was built without CUDA; it does not use the GPUs.",
        cure:
          "Install a torch with CUDA into the trainer's environment: luthier host setup \(host.description.name)"
      )
      : Check(
        name: "torch", outcome: .failed,
        message: "torch (CUDA \(words[0])) sees no GPU; the driver may be older than this CUDA.",
        cure: "Update NVIDIA's driver, or install a torch for an older CUDA.")
  }

  /// What Python is asked: torch's CUDA, and how many GPUs it sees.
  package static let torchQuestion = "import torch; print(torch.version.cuda, torch.cuda.device_count())"

  private func machine(_ load: HostMeasurement) -> [Check] {
    let gibibyte = 1_073_741_824.0
    let free = Double(load.diskFree) / gibibyte
    let memory = Double(load.memoryAvailable) / gibibyte
    return [
      load.gpus.isEmpty
        ? Check(
          name: "gpu", outcome: .warning,
          message: load.gpuNote ?? "No GPU was found; training runs on the processor.",
          cure: "Install NVIDIA's driver so that nvidia-smi works, or go on without a GPU.")
        : Check(
          name: "gpu", outcome: .passed,
          message: load.gpus.map { "\($0.name) (\($0.memoryTotal / 1_073_741_824) GiB)" }
            .joined(separator: ", "), cure: nil),
      Check(
        name: "disk", outcome: free < 1 ? .failed : free < 10 ? .warning : .passed,
        message: "\(tenths(free)) GiB free for data and models",
        cure: free < 10 ? "Free some space, or set REMOTE_USER_DATA_DIR to a larger disk." : nil),
      Check(
        name: "memory", outcome: memory < 1 ? .warning : .passed, message: "\(tenths(memory)) GiB available",
        cure: memory < 1 ? "Stop what uses the memory." : nil),
    ]
  }

  private func tenths(_ value: Double) -> String { String((value * 10).rounded() / 10) }
}
