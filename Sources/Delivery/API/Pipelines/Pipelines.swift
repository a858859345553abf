import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// Steps that run one after the other.
enum Pipelines {
  static func schema(_ call: Call) async throws -> Response {
    var response = try Response.json(PipelineSchema.document)
    response.fields["Content-Type"] = "application/schema+json"
    return response
  }

  static func plan(_ call: Call) async throws -> Response {
    let body = try await call.body(PipelineRequest.self)
    return try .json(try await call.services.pipelines.plan(body.text, for: try call.user.id).wire)
  }

  static func run(_ call: Call) async throws -> Response {
    let body = try await call.body(PipelineRequest.self)
    let run = try await call.services.pipelines.start(
      body.text, key: call.request.fields["Idempotency-Key"], for: try call.user.id)
    return try await reply(run, call)
  }

  static func list(_ call: Call) async throws -> Response {
    let user = try call.user.id
    var states: [PipelineRun.State] = []
    for word in (call.request.target.query["status"] ?? "").split(separator: ",") {
      guard let state = PipelineRun.State(rawValue: String(word)) else {
        throw DomainError.invalid(
          "There is no status \"\(word.prefix(40))\".",
          hint: "Use " + PipelineRun.State.allCases.map(\.rawValue).joined(separator: ", ") + ".")
      }
      states.append(state)
    }
    let limit = try call.integer("limit", in: 1...1_000, default: 100)
    var replies: [PipelineReply] = []
    for run in try await call.services.pipelines.list(of: user, states: states, limit: Int(limit)) {
      replies.append(run.wire(await call.services.pipelines.progress(of: run)))
    }
    return try .json(PipelineListReply(pipelines: replies))
  }

  static func get(_ call: Call) async throws -> Response {
    let id: PipelineRunID = try call.identifier("The pipeline")
    return try await reply(try await call.services.pipelines.run(id, of: try call.user.id), call)
  }

  static func cancel(_ call: Call) async throws -> Response {
    let id: PipelineRunID = try call.identifier("The pipeline")
    return try await reply(try await call.services.pipelines.cancel(id, of: try call.user.id), call)
  }

  static func resume(_ call: Call) async throws -> Response {
    let id: PipelineRunID = try call.identifier("The pipeline")
    return try await reply(try await call.services.pipelines.resume(id, of: try call.user.id), call)
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.services.pipelines.delete(try call.identifier("The pipeline"), of: try call.user.id)
    return try .json(MessageReply(message: "The pipeline was deleted; what it made stays."))
  }

  private static func reply(_ run: PipelineRun, _ call: Call) async throws -> Response {
    try .json(run.wire(await call.services.pipelines.progress(of: run)))
  }
}
