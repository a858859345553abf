import SQLAccess

/// What stands behind `luthier database`.
struct DatabaseArguments: Sendable {
  enum Action: Sendable {
    case migrate(DatabasePlace)
    case check(DatabasePlace)
    case compare(DatabasePlace, DatabasePlace)
    case copy(from: DatabasePlace, to: DatabasePlace)
  }

  /// Why it cannot be understood; never repeats an address.
  struct Wrong: Error {
    let message: String
    init(_ message: String) { self.message = message }
  }

  let action: Action

  /// - Parameter environment: says which database is meant where none is named, as for `luthier serve`.
  init(_ arguments: [String], environment: [String: String]) throws {
    guard let verb = arguments.first else {
      throw Wrong("luthier database needs a word: migrate, check or copy.")
    }
    let options = try Self.options(arguments.dropFirst())
    let settings = try Self.settings(environment)
    func place(_ name: String) throws -> DatabasePlace? {
      try options[name].map { text throws in
        do throws(SQLError) {
          return DatabasePlace(
            try DatabaseURL(text), dataFolder: settings.dataDirectory, isOwn: text == settings.databaseURL)
        } catch {
          throw Wrong("--\(name): \(error.message)")
        }
      }
    }
    let own = DatabasePlace(
      try DatabaseURL(settings.databaseURL), dataFolder: settings.dataDirectory, isOwn: true)
    let (url, source, target) = (try place("url"), try place("from"), try place("to"))
    switch verb {
    case "migrate" where source == nil && target == nil: action = .migrate(url ?? own)
    case "check" where source == nil && target == nil: action = .check(url ?? own)
    case "check" where url == nil:
      guard let target else { throw Wrong("luthier database check --from needs --to.") }
      action = .compare(source ?? own, target)
    case "copy" where url == nil:
      guard let target else { throw Wrong("luthier database copy needs --to URL.") }
      action = .copy(from: source ?? own, to: target)
    case "migrate", "check", "copy":
      throw Wrong("luthier database \(verb) does not take these options together.")
    default: throw Wrong("luthier database knows migrate, check and copy.")
    }
  }

  private static func settings(_ environment: [String: String]) throws -> Settings {
    do throws(SettingsError) {
      return try Settings(environment)
    } catch {
      throw Wrong("These settings cannot be used:\n\(error)")
    }
  }

  private static func options(_ words: ArraySlice<String>) throws -> [String: String] {
    var found: [String: String] = [:]
    var rest = words
    while let word = rest.popFirst() {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard ["--url", "--from", "--to"].contains(parts[0]) else {
        throw Wrong("luthier database knows the options --url, --from and --to.")
      }
      guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.isEmpty else {
        throw Wrong("\(parts[0]) needs an address.")
      }
      guard found.updateValue(value, forKey: String(parts[0].dropFirst(2))) == nil else {
        throw Wrong("\(parts[0]) stands there twice.")
      }
    }
    return found
  }
}
