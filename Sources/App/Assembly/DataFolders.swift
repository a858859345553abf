import Domain
import Fleet
import FoundationEssentials
import Glibc

/// The server's own folders, made at the start with nobody else's access.
struct DataFolders {
  let root: String
  let users: String

  init(_ settings: Settings) throws(StartError) {
    root = settings.dataDirectory
    users = settings.userDataDirectory
    for folder in [root, users] { try Self.make(folder) }
  }

  /// What is kept about a host over SSH, and where its control socket stands: in the data folder where the path is
  /// short enough for a socket, else in a private folder named after it.
  func ssh(_ host: HostID) -> SSHFolder {
    let state = "\(root)/ssh/\(host.rawValue)"
    let near = "\(state)/run"
    if near.utf8.count <= 80 { return SSHFolder(state: state, runtime: near) }
    // FNV-1a: the same folder after every start.
    let mark = state.utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
      ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    return SSHFolder(state: state, runtime: "/tmp/luthier-\(geteuid())-\(String(mark, radix: 36))")
  }

  /// Removes what trials of hosts left when the server was killed in the middle.
  func removeTrials() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/ssh")) ?? []
    for name in names where name.hasPrefix("trial-") { ssh(HostID(rawValue: name)).remove() }
  }

  var secretFile: String { "\(root)/secret" }

  /// Writes the agent that this program carries into the data folder, and returns its path.
  func installAgent() throws(StartError) -> String {
    let folder = "\(root)/agent"
    try Self.make(folder)
    let path = "\(folder)/luthier_agent.py"
    let carried = Data(PackageResources.luthier_agent_py)
    do {
      if let present = try? Data(contentsOf: URL(filePath: path)), present == carried { return path }
      // Whole or not at all: an agent that is running keeps the file it was started from.
      try carried.write(to: URL(filePath: path), options: .atomic)
      chmod(path, 0o600)
      return path
    } catch {
      throw StartError("The agent could not be written to \(path): \(error)")
    }
  }

  /// The virtual environment that `scripts/install-trainer` makes, where this program runs from the
  /// folder of its sources, or is installed beside one.
  func trainerBesideProgram() -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard length > 0 else { return nil }
    let program = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var folder = program.split(separator: "/").dropLast()
    for _ in 0..<5 where !folder.isEmpty {
      let candidate = "/" + folder.joined(separator: "/") + "/.trainer"
      if access("\(candidate)/bin/llamafactory-cli", X_OK) == 0 { return candidate }
      folder = folder.dropLast()
    }
    return nil
  }

  private static func make(_ folder: String) throws(StartError) {
    var path = ""
    for component in folder.split(separator: "/") {
      path += "/" + component
      if mkdir(path, 0o700) != 0, errno != EEXIST {
        throw StartError("The folder \(path) could not be made: \(String(cString: strerror(errno))).")
      }
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw StartError("The folder \(folder) cannot be written to.")
    }
  }
}

/// What keeps the server from starting, for its operator.
struct StartError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
