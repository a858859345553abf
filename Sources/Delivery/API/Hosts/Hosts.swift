import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// Machines that train and serve.
enum Hosts {
  static func list(_ call: Call) async throws -> Response {
    let after = call.request.target.query["after"].map(HostPlace.init(text:))
    guard after != .some(nil) else {
      throw DomainError.invalid(
        "The query's \"after\" is no place of this list.", hint: "Give the \"next\" of an answer as it is.")
    }
    let limit = try call.integer("limit", in: 1...1_000, default: 1_000)
    let page = await call.services.hosts.list(after: after ?? nil, limit: Int(limit))
    var hosts: [HostReply] = []
    for overview in page.hosts { hosts.append(try await reply(overview, call)) }
    return try .json(HostListReply(hosts: hosts, next: page.next?.text))
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
