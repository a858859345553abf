import Concurrency
import Domain

/// Looks at everything a cluster needs: Slurm itself, what it gives, and by a tiny job what a node sees.
struct ClusterDoctor: Sendable {
  typealias Check = HostService.Check

  let host: any Host
  /// What tasks ask for where they say nothing else.
  let defaults: ClusterRequest

  func checks(trainer: String?) async throws(DomainError) -> [Check] {
    let facts = try await host.cluster()
    if let (message, cure) = facts.obstacle {
      return [Check(name: "slurm", outcome: .failed, message: message, cure: cure)]
    }
    let version = facts.version ?? "slurm"
    let accounting = facts.hasAccounting ? "with accounting" : "without accounting (sacct)"
    let slurm = Check(name: "slurm", outcome: .passed, message: "\(version), \(accounting)", cure: nil)
    return [slurm] + partitions(facts) + (await node(facts, trainer: trainer))
  }

  private func partitions(_ facts: ClusterFacts) -> [Check] {
    var checks = facts.partitions.map { partition in
      var words = ["\(partition.idle) of \(partition.nodes) nodes idle", "\(partition.cpus) cores"]
      words.append("\(partition.memory / 1024) GiB")
      words.append(partition.minutes.map(Self.limit) ?? "no time limit")
      words += partition.gres
      return Check(
        name: "partition \(partition.name)\(partition.isDefault ? " (default)" : "")",
        outcome: partition.isUp ? .passed : .warning,
        message: words.joined(separator: ", ") + (partition.isUp ? "" : "; it takes no jobs"),
        cure: partition.isUp ? nil : "Choose another partition, or ask the cluster's administrator.")
    }
    if let wanted = defaults.partition, !facts.partitions.contains(where: { $0.name == wanted }) {
      checks.append(
        Check(
          name: "partition \(wanted)", outcome: .failed, message: "The cluster has no such partition.",
          cure: "luthier host edit \(host.description.name) --partition NAME"))
    }
    if defaults.memory == nil {
      checks.append(
        Check(
          name: "memory of a job", outcome: .warning,
          message: "No memory is asked for: where the cluster has no default, a job takes a whole node.",
          cure: "luthier host edit \(host.description.name) --memory MIB"))
    }
    return checks
  }

  /// A time limit in the largest unit that it is a whole number of.
  private static func limit(minutes: Int) -> String {
    if minutes >= 2880, minutes.isMultiple(of: 1440) { return "at most \(minutes / 1440) days" }
    if minutes >= 120, minutes.isMultiple(of: 60) { return "at most \(minutes / 60) h" }
    return "at most \(minutes) min"
  }

  /// Seconds that the tiny job may wait and run.
  private static let patience = 60

  /// Says where it runs, what time it is there, and whether the trainer is there: what a task's job will see.
  private func node(_ facts: ClusterFacts, trainer: String?) async -> [Check] {
    do {
      let folder = "\(try host.description.userDataFolder())/.cluster/tries/\(TaskID.make().rawValue)"
      var request = defaults
      request.gres = nil
      request.nodes = nil
      request.cpus = nil
      request.memory = 200
      request.minutes = 5
      let script = "hostname; date +%s; if [ -x \"$1\" ]; then echo yes; else echo no; fi"
      _ = try await host.launch(
        JobSpec(
          directory: folder, arguments: ["/bin/sh", "-c", script, "sh", trainer ?? "/nonexistent"],
          cluster: ClusterSubmission(name: "luthier-doctor", request: request)))
      let last = try await end(of: folder)
      let log = try? await host.read("\(folder)/train.log", from: 0, limit: 4096).bytes
      if last?.state == .ended || last?.state == .lost { try? await host.remove(folder) }
      let said = String(decoding: log ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
      return verdict(last, said, facts, trainer: trainer)
    } catch {
      let problem = error as? DomainError
      return [
        Check(
          name: "node", outcome: .failed, message: problem?.message ?? "The job could not be followed.",
          cure: problem?.hint)
      ]
    }
  }

  /// The job's last state; one that waits for too long is taken out of the queue.
  private func end(of folder: String) async throws -> JobStatus? {
    var last: JobStatus?
    for _ in 0..<(Self.patience * 2) {
      last = try await host.status(of: [folder]).first
      if let state = last?.state, state != .waiting, state != .starting, state != .running { return last }
      try await Task.sleep(for: .milliseconds(500))
    }
    _ = try await host.stop(folder)
    return last
  }

  private func verdict(_ last: JobStatus?, _ said: [String], _ facts: ClusterFacts, trainer: String?)
    -> [Check]
  {
    switch last?.state {
    case .waiting:
      let reason = last?.cluster?.reason.flatMap(ClusterWaitWords.english).map { ", \($0)" } ?? ""
      return [
        Check(
          name: "node", outcome: .warning,
          message: "The job of the check-up waited for a minute and was taken back\(reason).",
          cure: "Try again when the cluster is less busy.")
      ]
    case .ended where last?.exitCode == 0 && said.count >= 3: break
    default:
      return [
        Check(
          name: "node", outcome: .failed,
          message: "A node could not run a job from the user data folder.",
          cure:
            "It must lie on a file system that the login node and the nodes share, and python3 must be there."
        )
      ]
    }
    var checks = [
      Check(
        name: "node", outcome: .passed,
        message: "\(last?.cluster?.nodes ?? said[0]) sees the user data folder and runs jobs from it",
        cure: nil)
    ]
    if let time = Double(said[1]) {
      let off = abs(time - facts.time.seconds(since: Timestamp(milliseconds: 0)))
      // The job waited for its node meanwhile.
      if off > Double(Self.patience) + 30 {
        checks.append(
          Check(
            name: "clock", outcome: .warning,
            message: "The node's clock is \(Int(off)) s away from the login node's.",
            cure: "Let both follow the same time server."))
      }
    }
    if let trainer {
      checks.append(
        said[2] == "yes"
          ? Check(name: "trainer on a node", outcome: .passed, message: trainer, cure: nil)
          : Check(
            name: "trainer on a node", outcome: .failed, message: "The node does not see \(trainer).",
            cure: "Install it where the nodes see it: luthier host setup \(host.description.name)"))
    }
    return checks
  }
}
