import Domain
import HTTPServing
import HTTPWire

/// The web page (docs/page.md): its one document at every address of its own, and its assets.
enum Page {
  /// Nothing from elsewhere, nothing inline, and no text becomes HTML or a script.
  static let contentSecurity = [
    "default-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "object-src 'none'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].joined(separator: "; ")

  /// A document among the assets is the page's hidden frame, which makes the worker of the events (docs/page.md): it has
  /// scripts, that worker and nothing else, and one policy, which lets pass the worker's address alone.
  static let frameSecurity = [
    "default-src 'none'", "script-src 'self'", "worker-src 'self'",
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'",
    "require-trusted-types-for 'script'", "trusted-types default",
  ].joined(separator: "; ")

  /// The document; which part of the page is meant, its scripts read from the address.
  ///
  /// It names the assets of one build, and so is asked for again each time.
  static func index(_ call: Call) async throws -> Response {
    guard let index = call.services.page?["index.html"] else { return System.page(HomePage.html) }
    return index.response(
      to: call.request,
      fields: [
        "Cache-Control": "no-cache", "Content-Security-Policy": contentSecurity,
        "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
      ])
  }

  /// A script, a style, a font or the frame; its name changes with its bytes, and so it may be kept for ever.
  static func asset(_ call: Call) async throws -> Response {
    guard let file = call.services.page?["assets/\(call.parameter)"] else {
      throw DomainError(
        .notFound, "The page has no such file.", hint: "It may be of another version: load the page again.")
    }
    var fields: HTTPFields = ["Cache-Control": "public, max-age=31536000, immutable"]
    if file.contentType.hasPrefix("text/html") { fields["Content-Security-Policy"] = frameSecurity }
    return file.response(to: call.request, fields: fields)
  }
}
