import Glibc
import TestDatabases
import Testing

@testable import SecretSealing

struct SecretFileTests {
  private func put(_ text: String, at path: String, mode: mode_t = 0o600) throws {
    let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    let bytes = Array(text.utf8)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
    chmod(path, mode)
  }

  private func load(_ path: String) -> SealingError? {
    do {
      _ = try SecretFile.loadOrMake(path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `the first start makes the file for its owner only, the next one reads it`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/secret"
      let old = umask(0)
      defer { umask(old) }
      let first = try SecretFile.loadOrMake(path)
      #expect(try permissions(of: path) == 0o600)
      #expect(try SecretFile.loadOrMake(path).bytes == first.bytes)
      #expect(first.bytes.count == 32)
      // Nothing is left of the making.
      #expect(try names(in: folder) == ["secret"])
    }
  }

  @Test(arguments: [0o640, 0o604, 0o660, 0o644] as [mode_t])
  func `a file that others may read is refused with its cure`(mode: mode_t) async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/secret"
      let text = Base64URL.encode(SecureRandom.bytes(32))
      try put(text, at: path, mode: mode)
      let error = try #require(load(path))
      #expect(error.code == .fileExposed)
      #expect("\(error)".contains("chmod 600"))
      #expect("\(error)".contains(path))
      #expect(!"\(error)".contains(text))
    }
  }

  @Test(arguments: ["", "short", "====", Base64URL.encode([UInt8](repeating: 1, count: 31))])
  func `a file without a key is refused and never replaced`(text: String) async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/secret"
      try put(text, at: path)
      #expect(load(path)?.code == .fileMalformed)
      var status = stat()
      stat(path, &status)
      #expect(status.st_size == text.utf8.count)
    }
  }

  @Test func `links, folders and pipes are no secret files`() async throws {
    try await withTemporaryFolder { folder in
      try put(Base64URL.encode(SecureRandom.bytes(32)), at: "\(folder)/real")
      symlink("\(folder)/real", "\(folder)/link")
      mkdir("\(folder)/folder", 0o700)
      mkfifo("\(folder)/pipe", 0o600)
      for name in ["link", "folder", "pipe", "missing/secret"] {
        #expect(load("\(folder)/\(name)")?.code == .fileUnusable, "\(name)")
      }
    }
  }

  @Test func `programs that start together end with one key`() async throws {
    try await withTemporaryFolder { folder in
      let path = "\(folder)/secret"
      let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for _ in 0..<16 { group.addTask { try SecretFile.loadOrMake(path).bytes } }
        return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
      }
      #expect(keys.count == 1)
      #expect(try names(in: folder) == ["secret"])
    }
  }
}

private func names(in folder: String) throws -> [String] {
  let directory = try #require(opendir(folder))
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}
