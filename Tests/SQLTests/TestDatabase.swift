import Glibc
import SQLAccess
import SQLiteDriver
import Testing

/// The databases every test body runs over.
enum TestDatabase: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case sqliteFile
  case sqliteMemory

  static let all = allCases

  var testDescription: String { rawValue }

  /// Lends an empty database, and removes it afterwards.
  func run(_ body: (any SQLDatabase) async throws -> Void) async throws {
    switch self {
    case .sqliteMemory:
      let database = try await SQLiteDatabase(SQLiteConfiguration(.memory))
      try await body(database)
      await database.close()
    case .sqliteFile:
      try await withTemporaryFolder { folder in
        let database = try await SQLiteDatabase(SQLiteConfiguration(.file(path: "\(folder)/test.db")))
        try await body(database)
        await database.close()
      }
    }
  }
}

/// Lends a fresh folder and removes it with what it holds.
func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
  var template = Array("/tmp/luthier-test-XXXXXX".utf8CString)
  let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
  let folder = String(cString: try #require(made))
  defer { removeFolder(folder) }
  try await body(folder)
}

private func removeFolder(_ folder: String) {
  guard let directory = opendir(folder) else { return }
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name == "." || name == ".." { continue }
    let path = "\(folder)/\(name)"
    if unlink(path) != 0 { removeFolder(path) }
  }
  closedir(directory)
  rmdir(folder)
}

/// The code of the `SQLError` that `body` throws; nil, and a failed test, when it throws none.
func codeThrown(by body: () async throws -> Void) async -> SQLError.Code? {
  do {
    try await body()
    Issue.record("nothing was thrown")
  } catch let error as SQLError {
    return error.code
  } catch {
    Issue.record("another error was thrown: \(error)")
  }
  return nil
}

func permissions(of path: String) throws -> UInt32 {
  var status = stat()
  try #require(stat(path, &status) == 0)
  return status.st_mode & 0o777
}
