/// What an object store knows us by; printed, it shows the key's identifier and nothing else.
package struct S3Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  package let keyID: String
  let secret: String
  let sessionToken: String?

  package init(keyID: String, secret: String, sessionToken: String? = nil) {
    self.keyID = keyID
    self.secret = secret
    self.sessionToken = sessionToken
  }

  package var description: String { "S3Credentials(\(keyID))" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// Takes out of a server's words what must not be seen: the session token goes with each request, and may come back.
  func hiding(_ text: String) -> String {
    var text = text
    for hidden in [secret, sessionToken ?? ""] where !hidden.isEmpty {
      text = text.replacing(hidden, with: "***")
    }
    return text
  }
}
