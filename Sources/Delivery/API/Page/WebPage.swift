import HTTPServing
import HTTPWire

/// The web page's files, ready to be sent.
package struct WebPage: Sendable {
  /// One file in every form it is there in.
  package struct File: Sendable {
    let contentType: String
    let hash: String
    let bytes: @Sendable () -> [UInt8]
    let gzip: @Sendable () -> [UInt8]?
    let brotli: @Sendable () -> [UInt8]?

    /// - Parameters:
    ///   - hash: changes with the bytes; part of the entity tag.
    ///   - bytes: fetched for each answer, as the compressed forms are: a page lies ready in the program.
    package init(
      contentType: String, hash: String, bytes: @autoclosure @escaping @Sendable () -> [UInt8],
      gzip: @autoclosure @escaping @Sendable () -> [UInt8]?,
      brotli: @autoclosure @escaping @Sendable () -> [UInt8]?
    ) {
      self.contentType = contentType
      self.hash = hash
      self.bytes = bytes
      self.gzip = gzip
      self.brotli = brotli
    }
  }

  private let files: [String: File]

  /// Files by their path, such as `index.html` and `assets/main-2BRFVBHO.js`.
  package init(files: [String: File]) { self.files = files }

  subscript(path: String) -> File? { files[path] }
}

extension WebPage.File {
  /// The answer to a request: in the form the client likes best, or 304 where it has it already.
  func response(to request: Request, fields: HTTPFields) -> Response {
    let (gzip, brotli) = (gzip(), brotli())
    let offered = [
      brotli == nil ? nil : ContentCoding.brotli, gzip == nil ? nil : .gzip, .identity,
    ].compactMap { $0 }
    let accepted = request.fields.all("Accept-Encoding")
    let coding = ContentCoding.preferred(
      accepted.isEmpty ? nil : accepted.joined(separator: ","), of: offered)
    // Another form is another sequence of bytes, and so has another tag.
    let tag = coding == .identity ? "\"\(hash)\"" : "\"\(hash)-\(coding.rawValue)\""
    var fields = fields
    fields["ETag"] = tag
    if offered.count > 1 { fields["Vary"] = "Accept-Encoding" }
    if Self.names(request.fields.all("If-None-Match"), tag) {
      return Response(status: .notModified, fields: fields)
    }
    fields["Content-Type"] = contentType
    if coding != .identity { fields["Content-Encoding"] = coding.rawValue }
    let body =
      switch coding {
      case .brotli: brotli
      case .gzip: gzip
      case .identity: nil as [UInt8]?
      }
    return Response(fields: fields, body: .bytes(body ?? bytes()))
  }

  /// Whether an If-None-Match holds the tag; `W/` makes no difference here (RFC 9110 section 13.1.2).
  private static func names(_ values: [String], _ tag: String) -> Bool {
    values.contains { value in
      value.split(separator: ",").contains { part in
        let named = part.drop { $0 == " " }
        return named == "*" || named.hasPrefix(tag) || named.hasPrefix("W/" + tag)
      }
    }
  }
}
