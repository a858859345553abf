import Contract
import HTTPServing
import HTTPWire

/// Logins, keys and what administrators do with accounts.
extension Routes {
  static let account: [Endpoint] = [
    Endpoint(
      .post, "/api/auth/register", "register", "Make an account; the first one is the administrator's",
      tag: "Account", access: .open, body: .json(RegisterRequest.self), answer: .json(RegisterReply.self),
      errors: [.conflict, .forbidden], action: Account.register),
    Endpoint(
      .post, "/api/auth/login", "login", "Log in by user name or e-mail address", tag: "Account",
      access: .open, body: .json(LoginRequest.self), answer: .json(LoginReply.self),
      errors: [.unauthorized, .forbidden], action: Account.login),
    Endpoint(
      .get, "/api/auth/me", "me", "Who I am", tag: "Account", answer: .json(UserReply.self),
      action: Account.me),
    Endpoint(
      .post, "/api/auth/logout-everywhere", "logoutEverywhere", "End every token of mine; API keys stay",
      tag: "Account", answer: .json(MessageReply.self), action: Account.logoutEverywhere),
    Endpoint(
      .post, "/api/auth/password", "changePassword",
      "Change my password; every token ends, and a new one is in the answer", tag: "Account",
      body: .json(ChangePasswordRequest.self), answer: .json(LoginReply.self), errors: [.forbidden],
      action: Account.changePassword),
    Endpoint(
      .post, "/api/auth/remove", "removeMe", "Remove my account with all it holds; it cannot be taken back",
      tag: "Account", body: .json(RemoveAccountRequest.self), answer: .json(AccountRemovalReply.self),
      errors: [.forbidden, .conflict], action: Account.remove),
    Endpoint(
      .get, "/api/auth/quota", "myQuota", "What I hold, and what I may", tag: "Account",
      answer: .json(QuotaReply.self), action: Account.quota),
    Endpoint(
      .get, "/api/auth/keys", "listKeys", "My API keys", tag: "Account", answer: .json(KeyListReply.self),
      action: Account.listKeys),
    Endpoint(
      .post, "/api/auth/keys", "createKey", "Make an API key; it is shown this once", tag: "Account",
      body: .json(CreateKeyRequest.self), answer: .json(KeyReply.self), action: Account.createKey),
    Endpoint(
      .delete, "/api/auth/keys/{key_id}", "deleteKey", "Delete an API key", tag: "Account",
      answer: .json(MessageReply.self), errors: [.notFound], action: Account.deleteKey),
  ]

  static let users: [Endpoint] = [
    Endpoint(
      .get, "/api/users", "listUsers", "Accounts, what each holds and may", tag: "Users",
      access: .administrator,
      query: [
        .init(name: "search", summary: "Part of a name or an address", type: "string"),
        .init(name: "limit", summary: "1 to 10,000; 1,000 without it", type: "integer"),
      ], answer: .json(AccountListReply.self), errors: [.unprocessableContent], action: Users.list),
    Endpoint(
      .post, "/api/users", "createUser", "Make an account for somebody", tag: "Users",
      access: .administrator, body: .json(CreateUserRequest.self), answer: .json(AccountReply.self),
      errors: [.conflict], action: Users.create),
    Endpoint(
      .get, "/api/users/{user_id}", "getUser", "An account", tag: "Users", access: .administrator,
      answer: .json(AccountReply.self), errors: [.notFound], action: Users.get),
    Endpoint(
      .patch, "/api/users/{user_id}", "changeUser",
      "Change an account's role and limits, lock or unlock it; the last administrator stays one",
      tag: "Users", access: .administrator, body: .json(ChangeUserRequest.self),
      answer: .json(AccountReply.self), errors: [.notFound, .conflict], action: Users.change),
    Endpoint(
      .delete, "/api/users/{user_id}", "removeUser",
      "Remove an account with all it holds: tasks are stopped, files go also on hosts; the last administrator stays",
      tag: "Users", access: .administrator, answer: .json(AccountRemovalReply.self),
      errors: [.notFound, .conflict], action: Users.remove),
    Endpoint(
      .post, "/api/users/{user_id}/password", "setUserPassword",
      "Give an account a new password; its tokens end, its API keys stay", tag: "Users",
      access: .administrator, body: .json(SetPasswordRequest.self), answer: .json(MessageReply.self),
      errors: [.notFound], action: Users.setPassword),
  ]
}
