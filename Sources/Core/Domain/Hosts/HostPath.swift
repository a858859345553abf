/// Which paths on a host a user may name.
package enum HostPath {
  /// The path or hub name of a model as it may be loaded by `user`, with doubled and trailing
  /// slashes removed.
  ///
  /// Throws `invalid_input` for what is neither a hub name (`owner/name`) nor a plain absolute path,
  /// `host_unreachable` where the host's own folder is not known yet, and `model_missing` for another user's folder: whether it exists is not told.
  package static func check(model text: String, on host: HostDescription, for user: UserID)
    throws(DomainError) -> String
  {
    guard (1...1024).contains(text.utf8.count),
      text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 })
    else { throw refused }
    guard text.hasPrefix("/") else {
      guard isHubName(text) else { throw refused }
      return text
    }
    let components = text.split(separator: "/")
    guard !components.contains(where: { $0 == "." || $0 == ".." }) else { throw refused }
    let path = "/" + components.joined(separator: "/")
    // Not known: whose folder it is could not be told.
    let root = try host.userDataFolder()
    if path == root || path.hasPrefix(root + "/") {
      guard path.hasPrefix("\(root)/\(user.rawValue)/") else {
        throw DomainError(
          .modelMissing, "There is no model in this folder on the host.",
          hint: "Give a folder that holds config.json or adapter_config.json.", origin: .host)
      }
    }
    return path
  }

  /// `owner/name` or `name`: letters, digits, `.`, `_`, `-`.
  package static func isHubName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), text.utf8.count <= 200 else { return false }
    return parts.allSatisfy { part in
      !part.isEmpty && !part.hasPrefix(".") && !part.hasPrefix("-")
        && part.unicodeScalars.allSatisfy { isNameScalar($0) }
    }
  }

  /// The last component of a path or hub name.
  package static func lastComponent(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The folder that a plain path lies in.
  package static func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
    default: false
    }
  }

  private static let refused = DomainError.invalid(
    "This is neither a model name nor a path.",
    hint: "Write owner/name, or an absolute path on the host without \"..\".")
}
