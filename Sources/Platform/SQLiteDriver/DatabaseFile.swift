import Glibc
import SQLAccess

/// The database file before SQLite sees it: made for its owner only, in a folder that exists.
///
/// SQLite gives its log and shared-memory files the mode of the database file.
enum DatabaseFile {
  static func prepare(_ path: String) throws(SQLError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try makeFolder(folder)
    let created = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if created >= 0 {
      close(created)
      // The name must survive a power cut as the content will.
      try synchronize(folder: folder)
      return
    }
    guard errno == EEXIST else { throw failure("the database file cannot be made") }
    var status = stat()
    guard stat(path, &status) == 0 else { throw failure("the database file cannot be looked at") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SQLError(.cannotOpen, "the database's path is not a file")
    }
    // A file that lets others in (a restored copy, say) is closed to them. Failing is not fatal: a file
    // of another owner is that owner's to guard.
    if status.st_mode & 0o077 != 0 { _ = chmod(path, 0o600) }
  }

  private static func makeFolder(_ folder: String) throws(SQLError) {
    if folder.isEmpty || mkdir(folder, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = folder.lastIndex(of: "/") else {
      throw failure("the folder of the database cannot be made")
    }
    try makeFolder(String(folder[..<slash]))
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
      throw failure("the folder of the database cannot be made")
    }
  }

  private static func synchronize(folder: String) throws(SQLError) {
    let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("the folder of the database cannot be opened") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("the folder of the database cannot be synchronised") }
  }

  private static func failure(_ sentence: String) -> SQLError {
    let number = errno
    return SQLError(.cannotOpen, sentence, engineMessage: "\(String(cString: strerror(number))) (\(number))")
  }
}
