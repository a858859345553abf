import Glibc
import SQLAccess
import Testing

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
