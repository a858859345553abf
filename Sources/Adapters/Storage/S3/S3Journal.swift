import Domain
import FoundationEssentials
import Glibc

/// What is still to be taken away from a store, on this machine's disk: a server that is ended in the midst of a sending,
/// or that cannot reach the store to remove an object, does it when it is back.
///
/// One server has the folder (`LUTHIER_DATA_DIR` is locked), so what lies there when it begins is a dead one's.
actor S3Journal {
  struct Entry: Codable, Sendable, Equatable {
    let key: String
    /// The sending that may have left something; nil: the object itself is to go.
    let sending: String?
  }

  private nonisolated let executor: any SerialExecutor
  private let folder: String
  private(set) var entries: [String: Entry] = [:]

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Reads what an earlier server left.
  init(folder: String, executor: any SerialExecutor) throws(DomainError) {
    self.folder = folder
    self.executor = executor
    try makeFolders(folder)
    for name in namesInFolder(folder) {
      guard let bytes = FileManager.default.contents(atPath: folder + "/" + name),
        let entry = try? JSONDecoder().decode(Entry.self, from: bytes)
      else { continue }
      entries[name] = entry
    }
  }

  /// Returns when it is on the disk; the name ends it.
  func note(_ entry: Entry) throws(DomainError) -> String {
    let name = randomUUID()
    let path = folder + "/" + name
    guard let bytes = try? [UInt8](JSONEncoder().encode(entry)) else { throw diskError("encode", EINVAL) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw diskError("open", errno) }
    var failure = writeWhole(bytes, to: descriptor)
    if failure == 0, fsync(descriptor) < 0 { failure = errno }
    close(descriptor)
    if failure != 0 {
      unlink(path)
      throw diskError("write", failure)
    }
    syncFolder(of: path)
    entries[name] = entry
    return name
  }

  func end(_ name: String) {
    entries[name] = nil
    unlink(folder + "/" + name)
  }

  func holds(_ name: String) -> Bool { entries[name] != nil }

  func isNoted(_ key: String) -> Bool { entries.values.contains { $0.key == key } }
}
