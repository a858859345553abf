/// Something of the server's lists that a person may name in more than one way.
struct NamedThing: Sendable, Equatable {
  let id: String
  let names: [String]

  /// The identifier of what `word` names: an identifier, a name, or the beginning of one identifier.
  ///
  /// A word that looks like an identifier and is in no list is returned as it is: lists may be cut, and the
  /// server decides.
  static func resolve(_ word: String, among things: [NamedThing], what: String, list: String? = nil)
    throws(CommandFailure)
    -> String
  {
    if things.contains(where: { $0.id == word }) { return word }
    let named = things.filter { $0.names.contains(word) }
    let found = named.isEmpty && !word.isEmpty ? things.filter { $0.id.hasPrefix(word) } : named
    if found.count == 1 { return found[0].id }
    if found.count > 1 {
      let ids = found.prefix(5).map(\.id).joined(separator: ", ")
      throw CommandFailure(
        .usage, "\"\(word)\" is more than one \(what): \(ids)\(found.count > 5 ? " …" : "").",
        code: "ambiguous", hint: "Give the whole identifier.")
    }
    let looksLikeIdentifier =
      (16...64).contains(word.utf8.count)
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
    if looksLikeIdentifier { return word }
    let near = nearestWord(to: word, among: things.flatMap(\.names))
    throw CommandFailure(
      .notFound, "There is no \(what) \"\(word)\".", code: "not_found",
      hint: near.map { "Did you mean \($0)?" } ?? "See \(list ?? "luthier \(what) list").")
  }
}
