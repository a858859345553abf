import Glibc

/// The installation's secret key in a file of its own, made at the first start.
///
/// The file holds 32 bytes as one line of base64url, mode 0600, and is flushed to the disk before it is used.
package enum SecretFile {
  /// Reads the key, or makes it when there is no file.
  ///
  /// Two programs that start together end with the same key. Blocks. Throws `fileExposed` when others than
  /// the owner may read the file or it belongs to someone else, `fileMalformed` when it holds no key (it is
  /// never replaced: that would make every sealed secret unreadable), and `fileUnusable` for the rest.
  package static func loadOrMake(_ path: String) throws(SealingError) -> SecretKey {
    if let key = try load(path) { return key }
    try make(path)
    guard let key = try load(path) else { throw unusable("the secret file vanished", path) }
    return key
  }

  /// The key, or nil when there is no file.
  static func load(_ path: String) throws(SealingError) -> SecretKey? {
    // NOFOLLOW: a link set by someone else is no file of ours. NONBLOCK: a pipe must not hang the start.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if descriptor < 0 {
      if errno == ENOENT { return nil }
      throw unusable("the secret file cannot be opened", path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw SealingError(.fileUnusable, "the secret file is not a file", path: path)
    }
    guard status.st_mode & 0o077 == 0 else {
      throw SealingError(
        .fileExposed,
        "others may read the secret file; close it with `chmod 600`, and replace it if"
          + " others did", path: path)
    }
    guard status.st_uid == geteuid() else {
      throw SealingError(.fileExposed, "the secret file belongs to another user", path: path)
    }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw unusable("the secret file cannot be read", path) }
    var line = bytes.prefix(count)
    while let last = line.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { line.removeLast() }
    guard let key = Base64URL.decode(String(decoding: line, as: UTF8.self)), key.count == 32 else {
      throw SealingError(.fileMalformed, "the secret file holds no key of 32 bytes in base64url", path: path)
    }
    return SecretKey(checked: key)
  }

  /// Writes a new key beside `path` and links it there, so that the name never stands for half a key.
  private static func make(_ path: String) throws(SealingError) {
    let temporary = "\(path).\(hexadecimal(SecureRandom.bytes(8)))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw unusable("the secret file cannot be made", path) }
    defer { unlink(temporary) }
    let line = Array((Base64URL.encode(SecureRandom.bytes(32)) + "\n").utf8)
    let isWritten = write(descriptor, line, line.count) == line.count && fsync(descriptor) == 0
    close(descriptor)
    guard isWritten else { throw unusable("the secret file cannot be written", path) }
    // A link fails when the name exists: the other program's key stays, and is read.
    guard link(temporary, path) == 0 || errno == EEXIST else {
      throw unusable("the secret file cannot be made", path)
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw unusable("the folder of the secret file cannot be opened", path) }
    defer { close(opened) }
    guard fsync(opened) == 0 else {
      throw unusable("the folder of the secret file cannot be synchronised", path)
    }
  }

  private static func unusable(_ sentence: String, _ path: String) -> SealingError {
    let reason = String(cString: strerror(errno))
    return SealingError(.fileUnusable, "\(sentence) (\(reason))", path: path)
  }
}
