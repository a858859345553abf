import Contract
import Domain
import HTTPServing
import Services

/// Registration, login and keys.
enum Account {
  static func register(_ call: Call) async throws -> Response {
    let body = try await call.body(RegisterRequest.self)
    let user = try await call.services.accounts.register(
      username: body.username, email: body.email, password: body.password)
    return try .json(
      RegisterReply(
        message: "The account was made.", userID: user.id.rawValue, username: user.username,
        role: user.role.wire))
  }

  static func login(_ call: Call) async throws -> Response {
    let body = try await call.body(LoginRequest.self)
    let session = try await call.services.accounts.login(
      body.usernameOrEmail, password: body.password, remember: body.rememberMe ?? false)
    return try .json(
      LoginReply(accessToken: session.token, expiresIn: Int(session.seconds), user: session.user.wire))
  }

  static func me(_ call: Call) async throws -> Response { try .json(try call.user.wire) }

  static func logoutEverywhere(_ call: Call) async throws -> Response {
    try await call.services.accounts.logoutEverywhere(try call.user.id)
    return try .json(MessageReply(message: "Every token was ended."))
  }

  static func listKeys(_ call: Call) async throws -> Response {
    let keys = try await call.services.accounts.keys(of: try call.user.id)
    return try .json(KeyListReply(keys: keys.map { $0.wire() }))
  }

  static func createKey(_ call: Call) async throws -> Response {
    let body = try await call.body(CreateKeyRequest.self)
    let made = try await call.services.accounts.createKey(
      named: body.name,
      limits: UseLimits(requestsPerMinute: body.requestsPerMinute, tokensPerDay: body.tokensPerDay),
      for: try call.user.id)
    return try .json(made.record.wire(text: made.text))
  }

  static func deleteKey(_ call: Call) async throws -> Response {
    try await call.services.accounts.deleteKey(try call.identifier("The key"), of: try call.user.id)
    return try .json(MessageReply(message: "The key was deleted."))
  }
}
