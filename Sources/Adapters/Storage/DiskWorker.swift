import Domain
import Glibc

/// Runs calls that block on the thread of its executor.
actor DiskWorker {
  nonisolated let executor: any SerialExecutor

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(executor: any SerialExecutor) {
    self.executor = executor
  }

  func run<Value: Sendable, Failure: Error>(
    _ body: @Sendable () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try body()
  }
}

/// What the disk refused, in a caller's words.
func diskError(_ operation: String, _ failure: Int32) -> DomainError {
  switch failure {
  case ENOSPC, EDQUOT:
    DomainError(
      .storageFull, "The server's disk is full.", hint: "Delete datasets or models that are not needed.",
      detail: operation)
  default:
    DomainError(
      .internalFault, "The file could not be stored or read.", hint: "The server's log says why.",
      detail: "\(operation): errno \(failure)")
  }
}

/// Makes a folder and those above it, mode 0700; each new one is on the disk when this returns.
func makeFolders(_ path: String) throws(DomainError) {
  var made = path.hasPrefix("/") ? "" : "."
  for name in path.split(separator: "/") {
    made += "/" + name
    if mkdir(made, 0o700) == 0 {
      syncFolder(of: made)
    } else if errno != EEXIST {
      throw diskError("mkdir", errno)
    }
  }
  var about = stat()
  if stat(path, &about) < 0 || about.st_mode & S_IFMT != S_IFDIR { throw diskError("mkdir", ENOTDIR) }
}

/// Puts the folder's own entries on the disk.
func syncFolder(of path: String) {
  guard let slash = path.lastIndex(of: "/") else { return }
  let descriptor = open(
    slash == path.startIndex ? "/" : String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if descriptor < 0 { return }
  fsync(descriptor)
  close(descriptor)
}

/// The names in a folder, without "." and ".."; none where it cannot be read.
func namesInFolder(_ path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}
