import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// OpenAI's API (B5): relayed, not made again.
enum Gateway {
  /// Bytes of one request.
  static let bodyLimit: Int64 = 16 << 20

  static func chat(_ call: Call) async throws -> Response { try await relay(call, .chat) }
  static func completions(_ call: Call) async throws -> Response { try await relay(call, .completions) }
  static func embeddings(_ call: Call) async throws -> Response { try await relay(call, .embeddings) }

  private static func relay(_ call: Call, _ route: RelayRoute) async throws -> Response {
    var body = try RelayBody(try await call.bodyBytes(), for: route)
    let caller = try call.gatewayCaller
    let gateway = call.services.gateway
    let lookup = try body.lookup()
    try await gateway.limits.admit(caller)
    var sources: RelayedSources?
    if let lookup {
      let found = try await find(body.question, lookup, call)
      sources = RelayedSources(found: found)
      body = try body.asking(body.question.map { SourcesBlock(found).asked($0) })
    } else {
      body = try body.asking(nil)
    }
    switch try await gateway.open(body, for: caller) {
    case .whole(let bytes): return .json(try sources?.told(in: bytes) ?? bytes)
    case .made: return try await Chat.make(call, body, for: caller, with: sources)
    case .stream(let stream):
      let first = try sources?.event(
        id: "chatcmpl-" + call.request.id, created: call.services.clock.now().milliseconds / 1000,
        model: body.model)
      return .eventFeed { feed in
        if let first { _ = feed.write(first) }
        RelayedFeed.start(stream, into: feed)
      }
    }
  }

  /// Nothing where there is no question to look up; the index has to be there all the same.
  private static func find(_ question: String?, _ lookup: IndexLookup, _ call: Call) async throws
    -> [FoundPassage]
  {
    let (indexes, user) = (call.services.indexes, try call.user.id)
    guard let question else {
      _ = try await indexes.index(lookup.index, of: user)
      return []
    }
    return try await indexes.search(question, in: lookup.index, of: user, count: lookup.count)
  }

  static func models(_ call: Call) async throws -> Response {
    let models = try await call.services.gatewayModels.list(for: try call.user.id)
    return try .json(OpenAIModelList(data: models.map(\.wire)))
  }

  static func model(_ call: Call) async throws -> Response {
    try .json(try await call.services.gatewayModels.model(call.parameter, for: try call.user.id).wire)
  }

  static func usage(_ call: Call) async throws -> Response {
    let user = try call.user
    let days = Int(try call.integer("days", in: 1...3660, default: 30))
    let whose = call.request.target.query["user"]
    guard whose == nil || whose == "all" || whose == "me" else {
      throw DomainError.invalid("The query's \"user\" is me or all.")
    }
    guard whose != "all" || user.role == .administrator else {
      throw DomainError(
        .forbidden, "Only an administrator may see what everyone used.", hint: "Leave \"user\" out.")
    }
    let used = try await call.services.gateway.ledger.usage(of: whose == "all" ? nil : user.id, days: days)
    return try .json(UsageReply(usage: used.map(\.wire)))
  }
}

extension Call {
  /// Counts a request for a chat, where no more may be made throws `LimitReached`.
  func admitChat() async throws { try await services.gateway.limits.admit(try gatewayCaller) }

  /// Who calls, with the key.
  var gatewayCaller: GatewayCaller {
    get throws(DomainError) {
      let user = try user
      return GatewayCaller(userID: user.id, key: key, limits: user.quota.use)
    }
  }
}

extension GatewayModel {
  fileprivate var wire: OpenAIModelList.Model {
    .init(id: id, created: (createdAt?.milliseconds ?? 0) / 1000, ownedBy: owner, parent: parent)
  }
}

extension NamedUsage {
  fileprivate var wire: UsageEntry {
    UsageEntry(
      day: record.subject.day, userID: record.subject.userID.rawValue, username: username,
      keyID: record.subject.keyID?.rawValue, keyName: keyName, model: record.subject.model,
      requests: record.requests, failures: record.failures, promptTokens: record.promptTokens,
      completionTokens: record.completionTokens, estimatedRequests: record.estimates)
  }
}
