import Testing

@testable import SecretSealing

struct JSONWebTokenTests {
  private let key = SecretKey(checked: Array("0123456789abcdef0123456789abcdef".utf8))
  private let token = JSONWebToken(
    subject: "7c9e6679", issuedAt: 1000, expiresAt: 2000, generation: 3, id: "t1")

  private func verify(_ text: String, at now: Int64 = 1500) -> SealingError.Code? {
    do {
      _ = try JSONWebToken(verifying: text, with: key, now: now)
      return nil
    } catch {
      return error.code
    }
  }

  /// A token of any header and body, rightly signed.
  private func forged(header: String, body: String? = nil) -> String {
    let body = body ?? #"{"sub":"a","iat":1000,"exp":2000,"gen":0,"jti":"x"}"#
    let text = "\(Base64URL.encode(Array(header.utf8))).\(Base64URL.encode(Array(body.utf8)))"
    return "\(text).\(Base64URL.encode(HMACSHA256.authenticate(Array(text.utf8), key: key)))"
  }

  @Test func `the signature is that of RFC 7515, appendix A1`() throws {
    let octets = Base64URL.decode(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
    let signed =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    let code = HMACSHA256.authenticate(
      Array(signed.utf8), key: SecretKey(checked: try #require(octets)))
    #expect(Base64URL.encode(code) == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
  }

  @Test func `a token says after reading what it said before signing`() throws {
    let text = token.signed(with: key)
    #expect(try JSONWebToken(verifying: text, with: key, now: 1500) == token)
    #expect(text.split(separator: ".").count == 3)
  }

  @Test func `a token ends at the second it expires`() {
    let text = token.signed(with: key)
    #expect(verify(text, at: 1999) == nil)
    #expect(verify(text, at: 2000) == .tokenExpired)
  }

  @Test func `a clock that was set back ends nobody's login`() {
    #expect(verify(token.signed(with: key), at: 1000 - 3600) == nil)
  }

  @Test func `another key's token is refused`() {
    #expect(verify(token.signed(with: .random())) == .tokenSignature)
  }

  @Test func `no algorithm but ours is believed, however well it is signed`() {
    for algorithm in ["none", "None", "NONE", "hs256", "HS384", "HS512", "RS256", ""] {
      #expect(
        verify(forged(header: #"{"alg":"\#(algorithm)","typ":"JWT"}"#)) == .tokenAlgorithm, "\(algorithm)")
    }
    #expect(verify(forged(header: #"{"alg":"HS256"}"#)) == nil)
    #expect(verify(forged(header: #"{"typ":"JWT"}"#)) == .tokenMalformed)
    #expect(verify(forged(header: #"{"alg":"HS256","typ":"JOSE"}"#)) == .tokenMalformed)
    #expect(verify(forged(header: #"{"alg":"HS256","crit":["exp"]}"#)) == .tokenMalformed)
  }

  @Test func `an unsigned token is refused`() {
    let parts = token.signed(with: key).split(separator: ".")
    #expect(verify("\(parts[0]).\(parts[1]).") == .tokenSignature)
    let none = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8))
    #expect(verify("\(none).\(parts[1]).") == .tokenAlgorithm)
    #expect(verify("\(parts[0]).\(parts[1])") == .tokenMalformed)
  }

  @Test func `each changed character is noticed`() {
    let text = token.signed(with: key)
    for index in text.indices where text[index] != "." {
      var changed = text
      changed.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
      #expect(verify(changed) != nil, "\(changed)")
    }
  }

  @Test func `claims of another user under an old signature are refused`() {
    let other = JSONWebToken(subject: "admin", issuedAt: 1000, expiresAt: 2000, generation: 3, id: "t1")
    let (mine, theirs) = (
      token.signed(with: key).split(separator: "."), other.signed(with: key).split(separator: ".")
    )
    #expect(verify("\(mine[0]).\(theirs[1]).\(mine[2])") == .tokenSignature)
  }

  @Test func `missing or wrongly typed claims are refused`() {
    for body in [
      "{}", "[]", "null", "", #"{"sub":"a","iat":1000,"gen":0,"jti":"x"}"#,
      #"{"sub":"a","iat":1000,"exp":"2000","gen":0,"jti":"x"}"#,
      #"{"sub":"a","iat":1000,"exp":1e99,"gen":0,"jti":"x"}"#,
      #"{"sub":7,"iat":1000,"exp":2000,"gen":0,"jti":"x"}"#,
    ] {
      #expect(verify(forged(header: #"{"alg":"HS256"}"#, body: body)) == .tokenMalformed, "\(body)")
    }
  }

  @Test(arguments: ["", ".", "..", "...", "a.b", "a.b.c.d", "!!.!!.!!", "Bearer x.y.z", "a\u{0}.b.c"])
  func `text that is no token is refused`(text: String) {
    #expect(verify(text) == .tokenMalformed)
  }

  @Test func `an oversized text is refused unread`() {
    #expect(verify(String(repeating: "a", count: 2049)) == .tokenTooLong)
  }

  @Test func `padding and white space do not make a second text of a token`() {
    let text = token.signed(with: key)
    for other in [text + "=", text + "\n", " " + text, text + "."] {
      #expect(verify(other) == .tokenMalformed)
    }
  }
}
