import Domain
import HTTPFetching
package import Storage

/// Where datasets are kept that are not kept in a folder of this machine (LUTHIER_STORAGE and its kin).
package struct StorageSettings: Sendable {
  package let location: S3Location
  package let credentials: S3Credentials
  /// PEM file of the authorities that its certificate may be of; nil: the system's.
  package let authorityFile: String?

  private static let names = [
    "LUTHIER_S3_ENDPOINT", "LUTHIER_S3_REGION", "LUTHIER_S3_STYLE", "LUTHIER_S3_KEY_ID",
    "LUTHIER_S3_SECRET_KEY",
    "LUTHIER_S3_SECRET_KEY_FILE", "LUTHIER_S3_SESSION_TOKEN", "LUTHIER_S3_CA",
  ]

  /// Nil for a folder of this machine; what is wrong is noted with the reader.
  init?(_ reader: inout SettingsReader) {
    guard let text = reader.text("LUTHIER_STORAGE"), text != "local" else {
      for name in Self.names where reader.text(name) != nil {
        reader.refuse(name, "LUTHIER_STORAGE=s3://BUCKET is missing beside it")
      }
      return nil
    }
    let place = reader.bucket(text)
    var region = reader.text("LUTHIER_S3_REGION") ?? "us-east-1"
    if !region.utf8.allSatisfy({ Self.isPlain($0) }) {
      reader.refuse("LUTHIER_S3_REGION", "a region such as eu-central-1 is needed, not \"\(region)\"")
      region = "us-east-1"
    }
    let address = reader.text("LUTHIER_S3_ENDPOINT")
    let endpoint = reader.endpoint(address ?? "https://s3.\(region).amazonaws.com")
    // Amazon's own wants the bucket in the name; the others need a name for each bucket then.
    let style =
      reader.choice("LUTHIER_S3_STYLE", of: S3Location.Style.allCases.map(\.rawValue))
      .flatMap(S3Location.Style.init)
      ?? (address == nil && place?.bucket.contains(".") == false ? .host : .path)
    let keyID = reader.text("LUTHIER_S3_KEY_ID")
    if keyID == nil { reader.refuse("LUTHIER_S3_KEY_ID", "it is needed with LUTHIER_STORAGE=s3://…") }
    if keyID?.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ",") })
      == false
    {
      reader.refuse("LUTHIER_S3_KEY_ID", "it holds what no key has")
    }
    let secret = reader.secret("LUTHIER_S3_SECRET_KEY", orFile: "LUTHIER_S3_SECRET_KEY_FILE")
    let authority = reader.path("LUTHIER_S3_CA")
    guard let place, let endpoint, let keyID, let secret else { return nil }
    location = S3Location(
      isSecure: endpoint.isSecure, endpoint: endpoint.host, bucket: place.bucket, prefix: place.prefix,
      region: region, style: style)
    credentials = S3Credentials(
      keyID: keyID, secret: secret, sessionToken: reader.text("LUTHIER_S3_SESSION_TOKEN"))
    authorityFile = authority
  }

  fileprivate static func isPlain(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
  }
}

extension SettingsReader {
  /// `s3://BUCKET/PREFIX`.
  fileprivate mutating func bucket(_ text: String) -> (bucket: String, prefix: String)? {
    let name = "LUTHIER_STORAGE"
    guard text.hasPrefix("s3://") else {
      refuse(name, "local or s3://BUCKET/PREFIX is needed, not \"\(text)\"")
      return nil
    }
    let parts = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    guard let bucket = parts.first, (3...63).contains(bucket.utf8.count),
      bucket.utf8.allSatisfy({ StorageSettings.isPlain($0) }),
      bucket.first?.isLetter == true || bucket.first?.isNumber == true
    else {
      refuse(name, "a bucket's name has 3 to 63 letters, digits, dots and dashes")
      return nil
    }
    let rest = parts.dropFirst()
    guard rest.allSatisfy({ $0.utf8.allSatisfy { StorageSettings.isPlain($0) } && $0 != "." && $0 != ".." }),
      rest.joined(separator: "/").utf8.count <= 200
    else {
      refuse(name, "behind the bucket stand letters, digits, dots, dashes and slashes, 200 at most")
      return nil
    }
    return (bucket, rest.joined(separator: "/"))
  }

  /// `https://HOST:PORT`; without encryption only within a network.
  fileprivate mutating func endpoint(_ text: String) -> (isSecure: Bool, host: String)? {
    let name = "LUTHIER_S3_ENDPOINT"
    var text = text
    while text.hasSuffix("/") { text.removeLast() }
    let isSecure = text.hasPrefix("https://")
    let host = String(text.dropFirst(isSecure ? 8 : 7))
    guard isSecure || text.hasPrefix("http://"), !host.isEmpty,
      host.utf8.allSatisfy({
        StorageSettings.isPlain($0) || [UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]")].contains($0)
      })
    else {
      refuse(name, "an address such as https://s3.example.org or http://10.0.0.5:9000 is needed")
      return nil
    }
    guard isSecure || Self.isNear(host) else {
      refuse(
        name,
        "http:// is for this machine and its network (an address in digits, a name without dots): use https://"
      )
      return nil
    }
    // As a client writes it.
    let standard = isSecure ? ":443" : ":80"
    return (isSecure, host.hasSuffix(standard) ? String(host.dropLast(standard.count)) : host)
  }

  /// This machine, and what cannot be another network's.
  private static func isNear(_ host: String) -> Bool {
    if host.hasPrefix("[") {
      return host.hasPrefix("[::1]") || host.lowercased().hasPrefix("[fd")
        || host.lowercased().hasPrefix("[fc")
    }
    let name = host.prefix { $0 != ":" }.lowercased()
    let numbers = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    if numbers.count == 4, !numbers.contains(nil) {
      switch (numbers[0], numbers[1]) {
      case (127, _), (10, _), (192, 168): return true
      case (172, let second): return (16...31).contains(second ?? 0)
      default: return false
      }
    }
    return !name.contains(".")
      || [".local", ".lan", ".internal", ".home.arpa"].contains { name.hasSuffix($0) }
  }
}

extension S3Client {
  init(_ settings: StorageSettings, http: HTTPClient, clock: WallClock) {
    self.init(
      http: http, location: settings.location, credentials: settings.credentials,
      authorityFile: settings.authorityFile, clock: clock)
  }

  /// What the store was found to do.
  ///
  /// Throws a `StartError` that says what it does not let us do, and what cures it.
  static func prove(
    _ client: S3Client, clock: WallClock, _ tell: (String) -> Void = { _ in }
  ) async throws -> S3Abilities {
    do {
      return try await S3Probe(client: client, clock: clock).run(tell)
    } catch let fault as S3Probe.Fault {
      throw StartError(fault.description)
    }
  }
}
