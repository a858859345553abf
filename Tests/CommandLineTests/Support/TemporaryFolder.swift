import FoundationEssentials
import Glibc

/// A folder of its own for a test, gone when the body returns.
func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
  var template = Array("/tmp/luthier-cli-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw TemporaryFolderError() }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

struct TemporaryFolderError: Error {}

/// The permission bits of a file, nil where there is none.
func mode(of path: String) -> UInt32? {
  var information = stat()
  return stat(path, &information) == 0 ? information.st_mode & 0o777 : nil
}

func write(_ bytes: [UInt8], to path: String) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
  defer { close(descriptor) }
  guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else {
    throw TemporaryFolderError()
  }
}

func readFile(_ path: String) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var whole: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count <= 0 { return whole }
    whole += buffer.prefix(count)
  }
}
