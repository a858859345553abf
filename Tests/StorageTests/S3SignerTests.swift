import Domain
import SecretSealing
import Storage
import Testing

/// The examples of the Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
struct S3SignerTests {
  private let signer = S3Signer(
    credentials: S3Credentials(
      keyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    region: "us-east-1")
  // 2013-05-24T00:00:00Z
  private let time = Timestamp(milliseconds: 1_369_353_600_000)
  private let host = "examplebucket.s3.amazonaws.com"

  private func signature(_ request: S3Signer.Request) -> String? {
    signer.sign(request, at: time).first { $0.name == "authorization" }?.value.split(separator: "Signature=")
      .last.map(String.init)
  }

  @Test func `a part of an object is asked for as the reference signs it`() {
    let request = S3Signer.Request(
      method: "GET", host: host, path: "/test.txt", fields: [("range", "bytes=0-9")])
    let added = signer.sign(request, at: time)
    #expect(
      added.first { $0.name == "authorization" }?.value
        == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    #expect(added.first { $0.name == "x-amz-date" }?.value == "20130524T000000Z")
  }

  @Test func `an object is sent as the reference signs it`() {
    let body = hexadecimal(SHA256.hash(Array("Welcome to Amazon S3.".utf8)))
    #expect(
      signature(
        .init(
          method: "PUT", host: host, path: "/" + S3Signer.encode("test$file.text"),
          fields: [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
          payloadHash: body)) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
  }

  @Test func `a query without a value and one with two are signed as the reference does`() {
    #expect(
      signature(.init(method: "GET", host: host, path: "/", query: [("lifecycle", "")]))
        == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    // In whatever order they are given.
    #expect(
      signature(.init(method: "GET", host: host, path: "/", query: [("prefix", "J"), ("max-keys", "2")]))
        == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  @Test(arguments: [
    ("a b+c&d=e.jsonl", "a%20b%2Bc%26d%3De.jsonl"),
    ("u1/datasets/数据 (2).json", "u1/datasets/%E6%95%B0%E6%8D%AE%20%282%29.json"),
    ("~-._", "~-._"), ("%41'\"<>", "%2541%27%22%3C%3E"),
  ])
  func `names are encoded as a signature needs it`(name: String, encoded: String) {
    #expect(S3Signer.encode(name, keepingSlashes: true) == encoded)
    #expect(S3Signer.encode("/") == "%2F")
  }

  @Test func `a session token is signed, and nothing that is printed shows a secret`() {
    let credentials = S3Credentials(keyID: "KEY", secret: "hidden-secret", sessionToken: "hidden-token")
    let signed = S3Signer(credentials: credentials, region: "eu").sign(
      .init(method: "GET", host: "h", path: "/"), at: time)
    #expect(signed.contains { $0.name == "x-amz-security-token" && $0.value == "hidden-token" })
    #expect(
      signed.contains { $0.name == "authorization" && $0.value.contains("x-amz-date;x-amz-security-token,") })
    #expect(!signed.contains { $0.value.contains("hidden-secret") })
    var dumped = ""
    dump(credentials, to: &dumped)
    dump(S3Signer(credentials: credentials, region: "eu"), to: &dumped)
    for text in ["\(credentials)", String(reflecting: credentials), dumped] {
      #expect(!text.contains("hidden"))
      #expect(text.contains("KEY"))
    }
  }
}
