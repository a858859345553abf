import HTTPServing

/// The OpenAPI document for who has no server to ask.
package enum APIDescription {
  /// What `/openapi.json` answers, where guests are not let in.
  package static func json(version: String) throws -> [UInt8] {
    let options = APIOptions(version: version, maximumUpload: 0, corsOrigins: [])
    guard case .bytes(let bytes) = try Response.json(System.document(options, admitsGuests: false)).body
    else {
      return []
    }
    return bytes
  }
}
