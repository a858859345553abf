/// Where objects are kept: a bucket of an endpoint, and the front of their names.
package struct S3Location: Sendable, Equatable {
  /// How a request names the bucket.
  package enum Style: String, Sendable, CaseIterable {
    /// `https://ENDPOINT/BUCKET/KEY`, which every store takes.
    case path
    /// `https://BUCKET.ENDPOINT/KEY`, which Amazon's wants.
    case host
  }

  package let isSecure: Bool
  /// With its port, where that is not the scheme's; in brackets an address of version 6.
  package let endpoint: String
  package let bucket: String
  /// Without slashes at its ends; may be empty.
  package let prefix: String
  package let region: String
  package let style: Style

  package init(
    isSecure: Bool = true, endpoint: String, bucket: String, prefix: String = "",
    region: String = "us-east-1",
    style: Style = .path
  ) {
    self.isSecure = isSecure
    self.endpoint = endpoint
    self.bucket = bucket
    self.prefix = prefix
    self.region = region
    self.style = style
  }

  /// The same store at another address, which it named itself.
  func moved(to endpoint: String) -> S3Location {
    S3Location(
      isSecure: isSecure, endpoint: endpoint, bucket: bucket, prefix: prefix, region: region, style: style)
  }

  var scheme: String { isSecure ? "https" : "http" }
  var host: String { style == .host ? "\(bucket).\(endpoint)" : endpoint }

  /// As it is sent and signed; nil is the bucket itself.
  func path(of key: String?) -> String {
    let front = style == .host ? "" : "/" + S3Signer.encode(bucket)
    return front + "/" + S3Signer.encode(key ?? "", keepingSlashes: true)
  }

  /// An object's name behind the prefix.
  package func key(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix)/\(name)" }

  /// For an operator's eyes.
  package var shown: String {
    "s3://\(bucket)/\(prefix.isEmpty ? "" : prefix + "/") at \(scheme)://\(endpoint)"
  }
}
