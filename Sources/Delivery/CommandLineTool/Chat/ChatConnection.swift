import Contract
import HTTPFetching
import HTTPWire

/// A chat's way to its server: the one that runs, or where none does on this machine, one of its own.
struct ChatConnection: Sendable {
  let client: APIClient
  /// Of a server that lives for the chats.
  let hold: ServerHold?

  /// - Throws: `CommandFailure` with `unreachable` where the server that was named does not answer.
  static func open(_ call: Invocation) async throws -> ChatConnection {
    let client = try call.client()
    let isNamed = call.arguments.has("server") || call.console.variable("LUTHIER_SERVER") != nil
    guard !isNamed, client.server.isThisMachine, let start = call.console.startServer else {
      return ChatConnection(client: client, hold: nil)
    }
    if await isLuthier(client) { return ChatConnection(client: client, hold: nil) }
    let started = try await start()
    let server = try ServerAddress(started.url)
    // A sign-in of this machine's server holds: it is the same installation. The owner's token is for who has none.
    let own = try await signedIn(APIClient(http: call.http, server: server, credential: client.credential))
    let saved = try? call.credentialsFile().load().servers[server.text]?.token
    let credential = own ?? saved ?? started.token
    return ChatConnection(
      client: APIClient(http: call.http, server: server, credential: credential), hold: started.hold)
  }

  /// Another program may have the port.
  private static func isLuthier(_ client: APIClient) async -> Bool {
    var request = client.request(.get, APIPath("api", "health"))
    // Whoever it is gets nothing before it has said who it is.
    request.fields["Authorization"] = nil
    request.connectTimeout = .seconds(2)
    request.totalTimeout = .seconds(5)
    return (try? await client.send(request, as: HealthReply.self)) != nil
  }

  /// The credential, where it is one of this server's.
  private static func signedIn(_ client: APIClient) async throws -> String? {
    guard let credential = client.credential else { return nil }
    do {
      _ = try await client.get(APIPath("api", "auth", "me"), as: UserReply.self)
      return credential
    } catch let failure as CommandFailure where failure.exitCode == .refused {
      return nil
    }
  }
}

extension ServerAddress {
  /// Whether it names the loopback of this machine.
  var isThisMachine: Bool {
    let authority = text.dropFirst(text.hasPrefix("https") ? 8 : 7).prefix { $0 != "/" }
    return ["127.0.0.1", "localhost", "[::1]"].contains { authority == $0 || authority.hasPrefix($0 + ":") }
  }
}
