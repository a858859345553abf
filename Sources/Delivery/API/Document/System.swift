import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire

/// The server itself: health, documentation, events.
enum System {
  static func health(_ call: Call) async throws -> Response {
    let health = await call.services.health()
    let isWell = health.databaseProblem == nil
    return try .json(
      HealthReply(
        status: isWell ? "ok" : "degraded", version: call.services.options.version,
        uptimeSeconds: health.uptimeSeconds, database: health.databaseProblem ?? "ok"),
      status: isWell ? .ok : .serviceUnavailable)
  }

  static func openAPI(_ call: Call) async throws -> Response {
    try .json(try document(call.services.options, admitsGuests: call.services.guest != nil))
  }

  static func document(_ options: APIOptions, admitsGuests: Bool) throws -> JSONValue {
    try OpenAPIDocument(
      endpoints: Routes.table(maximumUpload: options.maximumUpload), version: options.version,
      admitsGuests: admitsGuests
    ).make()
  }

  static func docs(_ call: Call) async throws -> Response { page(DocsPage.html) }

  /// A document of its own, with its styles and scripts inside.
  static func page(_ html: String) -> Response {
    Response(
      fields: [
        "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache",
        "Content-Security-Policy":
          "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      ],
      body: .bytes(Array(html.utf8)))
  }
}
