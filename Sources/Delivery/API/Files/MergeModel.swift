import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Models {
  /// Sends `progress` and `end` with the merged model; who leaves ends nothing, and who asks again joins.
  static func merge(_ call: Call) async throws -> Response {
    let body = try await call.body(MergeModelRequest.self)
    let user = try call.user.id
    // What can be refused is refused before the stream begins.
    let model = try await call.services.verification.model(call.parameter, for: ChatCaller(user))
    try ModelMerging.check(model, name: body.name)
    if try await call.services.users.quotas.room(of: user) == 0 { throw UserQuota.storageExceeded(room: 0) }
    let merging = call.services.merging
    return .eventStream { writer in
      do {
        let merged = try await merging.merge(model, name: body.name, for: user) {
          let told = MergeEvent(phase: MergePhase(rawValue: $0.phase), done: $0.done, total: $0.total)
          try await writer.send(try event("progress", told, id: 0))
        }
        try await writer.send(try event("end", MergeEvent(model: merged.wire), id: 1))
      } catch let error as DomainError {
        let told = MergeEvent(code: error.code.rawValue, problem: error.message, hint: error.hint)
        try await writer.send(try event("end", told, id: 1))
      }
    }
  }

  /// Ends a merge for all of the user's who wait for it.
  static func stopMerge(_ call: Call) async throws -> Response {
    let user = try call.user.id
    let model = try await call.services.verification.model(call.parameter, for: ChatCaller(user))
    try await call.services.merging.stop(model, for: user)
    return try .json(MessageReply(message: "The merge is being stopped."))
  }
}
