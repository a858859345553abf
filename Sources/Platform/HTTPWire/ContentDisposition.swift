/// Writes Content-Disposition values for any file name (RFC 6266, RFC 8187).
package enum ContentDisposition {
  /// `attachment`: the browser saves the file under this name.
  package static func attachment(filename: String) -> String { write("attachment", filename) }

  /// `inline`: the browser shows the file, and saves it under this name if asked.
  package static func inline(filename: String) -> String { write("inline", filename) }

  private static func write(_ kind: String, _ filename: String) -> String {
    // The plain form is for old clients: anything that could end the quotes or name a folder becomes "_".
    let plain = String(
      String.UnicodeScalarView(
        filename.unicodeScalars.map { scalar in
          scalar.value < 32 || scalar.value > 126 || "\"\\/%".unicodeScalars.contains(scalar) ? "_" : scalar
        }))
    if plain == filename { return "\(kind); filename=\"\(plain)\"" }
    return "\(kind); filename=\"\(plain)\"; filename*=UTF-8''\(PercentCoding.encode(filename))"
  }
}
