import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// Accounts, for administrators.
enum Users {
  static func list(_ call: Call) async throws -> Response {
    let limit = Int(try call.integer("limit", in: 1...10_000, default: 1000))
    let text = call.request.target.query["search"].flatMap { $0.isEmpty ? nil : $0 }
    let users = try await call.services.users.list(matching: text, limit: limit)
    return try .json(
      AccountListReply(
        users: users.map { wire($0) }, everyone: call.services.users.quotas.everyone.wire,
        registrationOpen: call.services.accounts.isOpen))
  }

  static func get(_ call: Call) async throws -> Response {
    try .json(wire(try await call.services.users.user(try call.identifier("The user"))))
  }

  static func create(_ call: Call) async throws -> Response {
    let body = try await call.body(CreateUserRequest.self)
    let made = try await call.services.users.create(
      username: body.username, email: body.email, password: body.password,
      role: body.role == .admin ? .administrator : .user)
    return try .json(wire(made))
  }

  static func change(_ call: Call) async throws -> Response {
    let body = try await call.body(ChangeUserRequest.self)
    var change = UserChange()
    change.role = body.role.map { $0 == .admin ? .administrator : .user }
    change.isDisabled = body.disabled
    change.quota = body.quota.map { fields in
      UserQuota(
        storageBytes: fields.storageBytes, tasks: fields.tasks, requestsPerMinute: fields.requestsPerMinute,
        tokensPerDay: fields.tokensPerDay)
    }
    return try .json(
      wire(
        try await call.services.users.change(
          try call.identifier("The user"), change, by: try call.user.id)))
  }

  static func setPassword(_ call: Call) async throws -> Response {
    let body = try await call.body(SetPasswordRequest.self)
    try await call.services.users.setPassword(
      body.password, of: try call.identifier("The user"), by: try call.user.id)
    return try .json(MessageReply(message: "The password was set, and every token of the account ended."))
  }

  static func remove(_ call: Call) async throws -> Response {
    let held = try await call.services.accountRemovals.remove(
      try call.identifier("The user"), by: try call.user.id)
    return try .json(
      AccountRemovalReply(message: "The account was removed with all it held.", freed: held.wire))
  }

  private static func wire(_ standing: UserAdministration.Standing) -> AccountReply {
    let user = standing.user
    return AccountReply(
      userID: user.id.rawValue, username: user.username, email: user.email, role: user.role.wire,
      createdAt: user.createdAt.iso8601, disabled: user.isDisabled, quota: user.quota.wire,
      holds: standing.holds.wire)
  }
}

extension Account {
  static func changePassword(_ call: Call) async throws -> Response {
    let body = try await call.body(ChangePasswordRequest.self)
    let session = try await call.services.accounts.changePassword(
      of: try call.user, from: body.currentPassword, to: body.newPassword)
    return try .json(
      LoginReply(accessToken: session.token, expiresIn: Int(session.seconds), user: session.user.wire))
  }

  static func remove(_ call: Call) async throws -> Response {
    let body = try await call.body(RemoveAccountRequest.self)
    let held = try await call.services.accountRemovals.removeOwn(try call.user, password: body.password)
    return try .json(
      AccountRemovalReply(message: "Your account was removed with all it held.", freed: held.wire))
  }

  static func quota(_ call: Call) async throws -> Response {
    let standing = try await call.services.users.quotas.standing(of: try call.user.id)
    return try .json(QuotaReply(holds: standing.holds.wire, may: standing.may.wire))
  }
}

extension UserQuota {
  fileprivate var wire: QuotaFields {
    QuotaFields(
      storageBytes: storageBytes, tasks: tasks, requestsPerMinute: requestsPerMinute,
      tokensPerDay: tokensPerDay)
  }
}

extension UserHoldings {
  fileprivate var wire: HoldingsReply {
    HoldingsReply(
      datasets: datasets, models: models, storageBytes: storageBytes, tasks: tasks,
      unfinishedTasks: unfinishedTasks)
  }
}
