import Contract
import Domain
import FoundationEssentials
import HTTPServing
import HTTPWire
import Services

/// The server itself: health, documentation, events.
enum System {
  static func health(_ call: Call) async throws -> Response {
    if let bytes = call.services.health.standing() { return .json(bytes) }
    let health = try await call.services.health.renewed()
    return .json(health.bytes, status: health.isWell ? .ok : .serviceUnavailable)
  }

  static func metrics(_ call: Call) async throws -> Response {
    Response(
      fields: ["Content-Type": MetricsReport.mediaType, "Cache-Control": "no-store"],
      body: .bytes(Array(await call.services.report.text().utf8)))
  }

  static func openAPI(_ call: Call) async throws -> Response {
    try .json(try document(call.services.options, admitsGuests: call.services.guest != nil))
  }

  static func document(_ options: APIOptions, admitsGuests: Bool) throws -> JSONValue {
    try OpenAPIDocument(
      endpoints: Routes.table(maximumUpload: options.maximumUpload), version: options.version,
      admitsGuests: admitsGuests, metricsAreOpen: options.metricsAreOpen
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
