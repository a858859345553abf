import Contract
import Domain
package import HTTPServing
import HTTPWire
package import Services

/// The API as one handler for the server.
package struct APIRouter: Sendable {
  private let router: Router<CallContext>
  private let services: APIServices

  /// Throws where two routes claim the same address.
  package init(services: APIServices) throws(RouterError) {
    self.services = services
    router = try Router(
      routes: Routes.table(maximumUpload: services.options.maximumUpload).map(\.route),
      middleware: Middlewares.all, context: { _ in CallContext(services: services) })
  }

  /// The routes there are, as they are counted.
  package static var rows: [RequestCounts.Row] {
    Routes.table(maximumUpload: 0).map { RequestCounts.Row(method: $0.method.rawValue, pattern: $0.pattern) }
  }

  /// What stands in the routes' paths beside their parameters: no user's words.
  package static let words = Set(
    Routes.table(maximumUpload: 0).flatMap { $0.pattern.split(separator: "/") }.filter { !$0.hasPrefix("{") })

  /// Whether every server of an installation answers the request as well, from the database or from the program alone:
  /// the page, the documentation, the server itself, and events.
  package func answersEverywhere(_ request: Request) -> Bool {
    router.pattern(for: request).map(Self.everywhere.contains) ?? false
  }

  private static let everywhere = Set((Routes.system + Routes.page).map(\.pattern))

  /// The last event of an answer in the making whose server ended; nil for other routes, whose readers go on where they were.
  ///
  /// It is what the server itself would have said, had it ended in order.
  package func lastEventOfBrokenAnswer(to request: Request) -> [UInt8]? {
    guard request.method == .post, let pattern = router.pattern(for: request),
      Self.chatStreams.contains(pattern)
    else { return nil }
    let error = DomainError(
      .notInCharge, "The server ended before the reply did.", hint: "Try again in a few seconds.")
    return OpenAIError.applies(to: request, error)
      ? OpenAIError.event(error) : ChatEventStream(field: "chunk").failure(error)
  }

  /// Routes that stream what a model says.
  private static let chatStreams = Set(
    Routes.table(maximumUpload: 0).filter { endpoint in
      switch endpoint.answer {
      case .events(let event), .jsonOrEvents(_, let event):
        event == ChatStreamEvent.self || endpoint.pattern.hasPrefix("/v1/")
      case .json, .bytes: false
      }
    }.map(\.pattern))

  package func handle(_ request: Request) async throws -> Response { try await router.handle(request) }

  /// The answer to what went wrong outside of every route.
  package func answer(to error: any Error, request: Request?) -> Response {
    ErrorAnswer.response(to: error, request: request, log: services.log)
  }
}
