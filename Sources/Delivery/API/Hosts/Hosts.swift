import Contract
import Domain
import HTTPServing
import Services

/// Machines that train and serve.
enum Hosts {
  static func list(_ call: Call) async throws -> Response {
    var hosts: [HostReply] = []
    for overview in await call.services.hosts.list() { hosts.append(try await reply(overview, call)) }
    return try .json(HostListReply(hosts: hosts))
  }

  static func get(_ call: Call) async throws -> Response { try .json(try await reply(call)) }

  static func doctor(_ call: Call) async throws -> Response {
    let checks = try await call.services.hosts.doctor(try call.identifier("The host"))
    return try .json(
      DoctorReply(
        healthy: !checks.contains { $0.outcome == .failed },
        checks: checks.map { check in
          let outcome: DoctorReply.Outcome =
            switch check.outcome {
            case .passed: .passed
            case .warning: .warning
            case .failed: .failed
            }
          return .init(name: check.name, outcome: outcome, message: check.message, cure: check.cure)
        }))
  }

  /// The host as it is now, as its caller may see it.
  static func reply(_ call: Call, id: HostID? = nil) async throws -> HostReply {
    let id = try id ?? call.identifier("The host")
    return try await reply(try await call.services.hosts.overview(id), call)
  }

  private static func reply(_ overview: HostService.Overview, _ call: Call) async throws -> HostReply {
    let administration = call.services.hostAdministration
    let record = try await administration.record(of: overview.description.id)
    let isAdministrator = try call.user.role == .administrator
    return overview.wire(
      record, showsSettings: isAdministrator, isEditable: !administration.isFixed(overview.description.id))
  }
}
