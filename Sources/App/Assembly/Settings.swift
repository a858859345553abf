package import Domain
import FoundationEssentials
import Glibc
package import HTTPServing
import SQLAccess
import SecretSealing

/// What an operator may set, read once at the start from the environment and `.env`.
///
/// With nothing set it runs: SQLite, this machine as the host, 127.0.0.1:8000.
package struct Settings: Sendable {
  package var host = "127.0.0.1"
  package var port: UInt16 = 8000
  /// Clients connected at one time: in all, and from one address.
  package var connections = 10_000
  package var connectionsPerAddress = 1000
  /// What makes it speak HTTPS.
  package var tls: TLSFiles?
  package var databaseURL: String
  /// Whether other servers work on the same database.
  package var isOneOfMany = false
  /// Where the others reach this one.
  package var serverURL: String?
  package var dataDirectory: String
  /// The object store that holds datasets; nil for the folder of users' files.
  package var storage: StorageSettings?
  package var secretKey: String?
  package var tokenMinutes = 1440
  package var maximumUpload: Int64 = 104_857_600
  package var corsOrigins: [String] = []
  package var guestAccess = false
  /// Whether whoever reaches the server may make an account; the first can always be made.
  package var isRegistrationOpen = true
  /// What each user may hold; nil is no limit.
  package var userStorage: Int64?
  package var userTasks: Int?
  package var userDataDirectory: String
  package var trainerCommand: String?
  package var trainerEnvironment: String?
  package var condaEnvironment: String?
  package var slots = 1
  /// Folder on the first host where LLaMA-Factory lies and chat scripts run; may begin with `~`.
  package var workDirectory: String?
  package var chatMode = ChatMode.service
  /// On the first host; relative to the work folder.
  package var chatScriptPath: String?
  package var chatSeconds = 300.0
  /// The first host, where it is reached over SSH.
  package var ssh: SSHSettings?
  package var modelFolders: [String] = []
  /// Folders to look through for models, each on one host (its identifier or name) or on every one.
  package var scanFolders: [(host: String?, path: String)] = []
  package var modelLoadSeconds = 600.0
  package var modelIdleSeconds = 900.0
  /// Names or folders of shared models that are loaded at the start.
  package var preloadedModels: [String] = []
  /// How many models a host holds, how much memory, and how long at least.
  package var modelLimits = ModelRoom.Limits(models: 3, memory: nil, residence: 10)
  package var modelEngine = EngineChoice()
  /// Conversations of a user; the longest unused ones beyond are forgotten.
  package var keepConversations = 500
  /// Whether models give conversations their titles.
  package var improvesTitles = true
  /// Tokens of a model's window, where nothing else is known.
  package var contextTokens = 8192
  /// A file with more presets.
  package var presetFile: String?
  /// An Ollama server, without `/v1`.
  package var ollamaURL: String?
  /// Whether users may name model servers inside of this network.
  package var allowsPrivateUpstreams = true
  /// Seconds without a byte of a model server's answer.
  package var upstreamSeconds = 600.0
  /// What each user may ask of the gateway; nil is no limit.
  package var requestsPerMinute: Int?
  package var tokensPerDay: Int?
  /// Whether `/metrics` needs no login.
  package var metricsAreOpen = false
  package var logLevel = "info"
  package var logFormat: String?

  /// Reads the settings; what is wrong is told all at once, with the names at fault.
  package init(_ environment: [String: String]) throws(SettingsError) {
    var reader = SettingsReader(environment)
    let home = environment["HOME"] ?? "/tmp"
    let share =
      environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "\(home)/.local/share"
    let data = reader.path("LUTHIER_DATA_DIR") ?? "\(share)/luthier"
    dataDirectory = data
    databaseURL = reader.text("DATABASE_URL") ?? "sqlite:///\(data)/luthier.db"
    userDataDirectory = "\(data)/users"
    host = reader.text("HOST") ?? host
    port = UInt16(reader.integer("PORT", in: 0...65_535) ?? Int64(port))
    isOneOfMany = reader.choice("LUTHIER_SERVERS", of: ["one", "many"]) == "many"
    if host.hasPrefix("unix:"), !host.hasPrefix("unix:/") {
      reader.refuse("HOST", "an absolute path is needed after \"unix:\"")
    }
    let certificate = reader.path("LUTHIER_TLS_CERTIFICATE")
    let key = reader.path("LUTHIER_TLS_KEY")
    if let certificate, let key {
      tls = TLSFiles(certificate: certificate, key: key)
    } else if certificate != nil || key != nil {
      reader.refuse(
        certificate == nil ? "LUTHIER_TLS_CERTIFICATE" : "LUTHIER_TLS_KEY", "it is needed beside the other")
    }
    connections = Int(reader.integer("LUTHIER_CONNECTIONS", in: 1...1_000_000) ?? Int64(connections))
    connectionsPerAddress = Int(
      reader.integer("LUTHIER_CONNECTIONS_PER_ADDRESS", in: 1...1_000_000) ?? Int64(connectionsPerAddress))
    storage = StorageSettings(&reader)
    secretKey = reader.text("SECRET_KEY")
    tokenMinutes = Int(
      reader.integer("ACCESS_TOKEN_EXPIRE_MINUTES", in: 1...5_256_000) ?? Int64(tokenMinutes))
    maximumUpload = reader.integer("MAX_UPLOAD_SIZE", in: 1...1_099_511_627_776) ?? maximumUpload
    corsOrigins = reader.list("CORS_ORIGINS", separator: ",")
    guestAccess = reader.flag("GUEST_ACCESS") ?? guestAccess
    isRegistrationOpen =
      reader.choice("LUTHIER_REGISTRATION", of: ["open", "closed"]).map { $0 == "open" } ?? isRegistrationOpen
    userStorage = reader.limit("LUTHIER_USER_STORAGE").map { Int64($0) }
    userTasks = reader.limit("LUTHIER_USER_TASKS")
    trainerCommand = reader.text("LLAMAFACTORY_CLI_PATH")
    trainerEnvironment = reader.path("LUTHIER_TRAINER")
    condaEnvironment = reader.text("CONDA_ENV")
    slots = Int(reader.integer("LUTHIER_SLOTS", in: 1...1000) ?? Int64(slots))
    modelFolders = reader.list("LUTHIER_MODEL_FOLDERS", separator: ":")
    scanFolders = reader.list("LUTHIER_SCAN_FOLDERS", separator: ":").map { part in
      let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
      let isForOne = sides.count == 2 && !part.hasPrefix("/") && !part.hasPrefix("~")
      return isForOne ? (sides[0], sides[1]) : (nil, part)
    }
    for folder in scanFolders where !folder.path.hasPrefix("/") && !folder.path.hasPrefix("~/") {
      reader.refuse("LUTHIER_SCAN_FOLDERS", "\"\(folder.path)\" begins with neither / nor ~/")
    }
    modelLoadSeconds = reader.number("LUTHIER_MODEL_LOAD_TIMEOUT", in: 1...86_400) ?? modelLoadSeconds
    modelIdleSeconds = reader.number("LUTHIER_MODEL_IDLE_TIMEOUT", in: 1...2_592_000) ?? modelIdleSeconds
    preloadedModels = reader.list("LUTHIER_PRELOAD_MODELS", separator: ",")
    let perHost = reader.integer("LUTHIER_MODELS_PER_HOST", in: 0...1000).map { $0 == 0 ? nil : Int($0) }
    modelLimits = ModelRoom.Limits(
      models: perHost ?? modelLimits.models,
      memory: reader.limit("LUTHIER_MODEL_MEMORY").map { Int64($0) },
      residence: reader.number("LUTHIER_MODEL_RESIDENCE", in: 0...86_400) ?? modelLimits.residence)
    modelEngine = EngineChoice(
      reader.choice("LUTHIER_MODEL_ENGINE", of: ModelEngine.allCases.map(\.rawValue)).flatMap(
        ModelEngine.init)
        ?? modelEngine.engine, command: reader.text("LUTHIER_VLLM_PATH") ?? modelEngine.command)
    keepConversations = Int(
      reader.integer("LUTHIER_KEEP_CONVERSATIONS", in: 1...1_000_000) ?? Int64(keepConversations))
    improvesTitles = reader.flag("LUTHIER_IMPROVE_TITLES") ?? improvesTitles
    contextTokens = Int(
      reader.integer("LUTHIER_CONTEXT_TOKENS", in: 256...100_000_000) ?? Int64(contextTokens))
    presetFile = reader.path("LUTHIER_PRESETS")
    if let text = reader.text("LUTHIER_OLLAMA_URL") {
      do throws(DomainError) {
        _ = try UpstreamURL(text)
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        ollamaURL = text.hasSuffix("/v1") ? String(text.dropLast(3)) : text
      } catch {
        reader.refuse("LUTHIER_OLLAMA_URL", error.message)
      }
    }
    // Who needs no login must not be a way into the network.
    allowsPrivateUpstreams = reader.flag("LUTHIER_ALLOW_PRIVATE_UPSTREAMS") ?? !guestAccess
    upstreamSeconds = reader.number("LUTHIER_UPSTREAM_TIMEOUT", in: 1...86_400) ?? upstreamSeconds
    requestsPerMinute = reader.limit("LUTHIER_REQUESTS_PER_MINUTE")
    tokensPerDay = reader.limit("LUTHIER_TOKENS_PER_DAY")
    metricsAreOpen =
      reader.choice("LUTHIER_METRICS", of: ["administrators", "open"]).map { $0 == "open" } ?? metricsAreOpen
    logLevel = reader.choice("LUTHIER_LOG_LEVEL", of: ["debug", "info", "warning", "error"]) ?? logLevel
    logFormat = reader.choice("LUTHIER_LOG_FORMAT", of: ["text", "json"])
    if let secretKey, (try? SecretKey(text: secretKey)) == nil {
      reader.refuse("SECRET_KEY", "at least 16 characters are needed")
    }
    do throws(SQLError) {
      _ = try DatabaseURL(databaseURL)
    } catch {
      reader.refuse("DATABASE_URL", error.description)
    }
    workDirectory = reader.remotePath("REMOTE_WORK_DIR")
    ssh = SSHSettings(&reader, workDirectory: workDirectory)
    chatMode =
      reader.choice("CHAT_MODE", of: ChatMode.allCases.map(\.rawValue)).flatMap(ChatMode.init) ?? chatMode
    chatSeconds = reader.number("CHAT_TIMEOUT", in: 1...86_400) ?? chatSeconds
    chatScriptPath = reader.text("CHAT_SCRIPT_PATH")
    if let path = chatScriptPath, !path.hasPrefix("/"), !path.hasPrefix("~/"),
      reader.text("REMOTE_WORK_DIR") == nil
    {
      reader.refuse("CHAT_SCRIPT_PATH", "with a relative path REMOTE_WORK_DIR is needed too")
    }
    // With a host over SSH the folder is that host's, and this machine keeps its own.
    if ssh == nil { userDataDirectory = reader.path("REMOTE_USER_DATA_DIR") ?? userDataDirectory }
    for folder in modelFolders where !folder.hasPrefix("/") {
      reader.refuse("LUTHIER_MODEL_FOLDERS", "\"\(folder)\" is not an absolute path")
    }
    serverURL = reader.ownURL(isNeeded: isOneOfMany && !isReachable)
    if !reader.problems.isEmpty { throw SettingsError(problems: reader.problems) }
  }
}

extension Settings {
  /// Whether HOST and PORT alone say how others get here.
  fileprivate var isReachable: Bool {
    port != 0 && !host.hasPrefix("unix:") && !["0.0.0.0", "::", ""].contains(host)
  }

  /// Where other servers reach this one.
  var ownURL: String {
    serverURL ?? "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}

/// Settings that cannot be used.
package struct SettingsError: Error, CustomStringConvertible {
  package let problems: [String]
  package var description: String { problems.joined(separator: "\n") }
}

/// Reads values and collects what is wrong with them.
struct SettingsReader {
  private let environment: [String: String]
  private(set) var problems: [String] = []

  init(_ environment: [String: String]) { self.environment = environment }

  mutating func refuse(_ name: String, _ problem: String) { problems.append("\(name): \(problem).") }

  /// An empty value counts as not set.
  func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  mutating func path(_ name: String) -> String? {
    guard let text = text(name) else { return nil }
    guard text.hasPrefix("/") else {
      refuse(name, "an absolute path is needed, not \"\(text)\"")
      return nil
    }
    return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int64>) -> Int64? {
    guard let text = text(name) else { return nil }
    guard let value = Int64(text), range.contains(value) else {
      refuse(
        name, "a whole number from \(range.lowerBound) to \(range.upperBound) is needed, not \"\(text)\"")
      return nil
    }
    return value
  }

  /// Nil, and 0 too, is no limit.
  mutating func limit(_ name: String) -> Int? {
    integer(name, in: 0...1_000_000_000_000).flatMap { $0 == 0 ? nil : Int($0) }
  }

  mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
    guard let text = text(name) else { return nil }
    guard let value = Double(text), range.contains(value) else {
      refuse(name, "a number from \(range.lowerBound) to \(range.upperBound) is needed, not \"\(text)\"")
      return nil
    }
    return value
  }

  mutating func flag(_ name: String) -> Bool? {
    guard let text = text(name) else { return nil }
    switch text.lowercased() {
    case "1", "true", "yes", "on": return true
    case "0", "false", "no", "off": return false
    default:
      refuse(name, "true or false is needed, not \"\(text)\"")
      return nil
    }
  }

  mutating func choice(_ name: String, of words: [String]) -> String? {
    guard let text = text(name) else { return nil }
    guard words.contains(text) else {
      refuse(name, "one of \(words.joined(separator: ", ")) is needed, not \"\(text)\"")
      return nil
    }
    return text
  }

  /// The address at which the other servers reach this one, without a slash at its end.
  mutating func ownURL(isNeeded: Bool) -> String? {
    let name = "LUTHIER_SERVER_URL"
    guard var text = text(name) else {
      if isNeeded {
        refuse(
          name, "it is needed with LUTHIER_SERVERS=many where HOST and PORT do not say how others get here")
      }
      return nil
    }
    while text.hasSuffix("/") { text.removeLast() }
    let place = text.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)
    guard place.count == 2, ["http:", "https:"].contains(place[0]), !place[1].isEmpty,
      !place[1].contains(where: { "/?#@ ".contains($0) })
    else {
      refuse(name, "an address such as http://10.0.0.2:8000 is needed, not \"\(text)\"")
      return nil
    }
    return text
  }

  /// A secret of its own variable, or the first line of the file that another one names.
  mutating func secret(_ name: String, orFile file: String) -> String? {
    let value = text(name)
    guard let path = path(file) else {
      if value == nil { refuse(name, "it is needed, or \(file)") }
      return value
    }
    guard value == nil else {
      refuse(name, "it and \(file) are both set: one of them is enough")
      return nil
    }
    var about = stat()
    guard stat(path, &about) == 0, let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      refuse(file, "\(path) cannot be read")
      return nil
    }
    guard about.st_mode & 0o007 == 0 else {
      refuse(file, "everyone may read \(path): chmod 600")
      return nil
    }
    let line = String(text.prefix { !$0.isNewline })
    guard !line.isEmpty else {
      refuse(file, "\(path) is empty")
      return nil
    }
    return line
  }

  func list(_ name: String, separator: Character) -> [String] {
    (text(name) ?? "").split(separator: separator).map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }
  }
}
