/// A server's address without a slash at its end, as requests and saved sign-ins use it.
struct ServerAddress: Hashable, Sendable {
  let text: String

  static let standard = ServerAddress(checked: "http://127.0.0.1:8000")

  private init(checked text: String) { self.text = text }

  /// `http://` is added where the scheme is left out.
  init(_ input: String) throws(UsageError) {
    var rest = input[...]
    var scheme = "http"
    if let mark = input.range(of: "://") {
      scheme = input[..<mark.lowerBound].lowercased()
      rest = input[mark.upperBound...]
    }
    guard scheme == "http" || scheme == "https" else {
      throw UsageError("A server's address begins with http:// or https://, not \"\(scheme)://\".")
    }
    while rest.hasSuffix("/") { rest.removeLast() }
    let authority = rest.prefix { $0 != "/" }
    guard !authority.contains("@") else {
      throw UsageError(
        "A server's address holds no user name or password.", hint: "Sign in with luthier login.")
    }
    guard !authority.isEmpty, rest.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value < 127 }),
      !rest.contains("?"), !rest.contains("#")
    else {
      throw UsageError(
        "\"\(input)\" is not the address of a server.", hint: "For example: http://127.0.0.1:8000")
    }
    text = "\(scheme)://\(authority.lowercased())\(rest.dropFirst(authority.count))"
  }
}

extension String {
  fileprivate func range(of mark: String) -> Range<Index>? { firstRange(of: mark) }
}
