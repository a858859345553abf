package import HTTPServing

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

  package func handle(_ request: Request) async throws -> Response { try await router.handle(request) }

  /// The answer to what went wrong outside of every route.
  package func answer(to error: any Error, request: Request?) -> Response {
    ErrorAnswer.response(to: error, request: request, log: services.log)
  }
}
