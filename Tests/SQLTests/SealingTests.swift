import Glibc
import Testing

@testable import SecretSealing

/// The bytes written as hexadecimal digits.
private func bytes(_ text: String) -> [UInt8] {
  let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue ?? 0) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private func code(thrownBy body: () throws(SealingError) -> Void) -> SealingError.Code? {
  do {
    try body()
    Issue.record("nothing was thrown")
    return nil
  } catch {
    return error.code
  }
}

struct HashingTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func `SHA-256 gives the standard's values`(text: String, hash: String) {
    #expect(hexadecimal(SHA256.hash(Array(text.utf8))) == hash)
  }

  @Test func `a hash in pieces is the hash of the whole`() {
    let whole = SecureRandom.bytes(10_000)
    var hash = SHA256()
    for start in stride(from: 0, to: whole.count, by: 777) {
      hash.update(Array(whole[start..<min(start + 777, whole.count)]))
    }
    #expect(hash.finish() == SHA256.hash(whole))
  }

  @Test func `the hash of much is the same hash, however it was cut`() {
    for length in [0, 1, 55, 56, 64, 10_000] {
      let whole = SecureRandom.bytes(length)
      let hash = ContentHash()
      for start in stride(from: 0, to: whole.count, by: 777) {
        hash.update(Array(whole[start..<min(start + 777, whole.count)]))
      }
      hash.update([])
      #expect(hash.finish() == SHA256.hash(whole))
    }
  }

  @Test func `HMAC gives the values of RFC 4231`() throws {
    let first = HMACSHA256.authenticate(
      Array("Hi There".utf8), key: SecretKey(checked: [UInt8](repeating: 0x0b, count: 20)))
    #expect(hexadecimal(first) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    let second = HMACSHA256.authenticate(
      Array("what do ya want for nothing?".utf8), key: SecretKey(checked: Array("Jefe".utf8)))
    #expect(hexadecimal(second) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    // A key longer than a block is hashed first.
    let long = HMACSHA256.authenticate(
      Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      key: SecretKey(checked: [UInt8](repeating: 0xaa, count: 131)))
    #expect(hexadecimal(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test func `a changed message or a shortened code is not valid`() {
    let key = SecretKey.random()
    let code = HMACSHA256.authenticate([1, 2, 3], key: key)
    #expect(HMACSHA256.isValid(code, for: [1, 2, 3], key: key))
    #expect(!HMACSHA256.isValid(code, for: [1, 2, 4], key: key))
    #expect(!HMACSHA256.isValid(Array(code.dropLast()), for: [1, 2, 3], key: key))
    #expect(!HMACSHA256.isValid([], for: [1, 2, 3], key: key))
    #expect(!HMACSHA256.isValid(code, for: [1, 2, 3], key: .random()))
  }

  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
    ("foobar", "Zm9vYmFy"),
  ])
  func `base64url gives the values of RFC 4648 without padding`(plain: String, text: String) {
    #expect(Base64URL.encode(Array(plain.utf8)) == text)
    #expect(Base64URL.decode(text) == Array(plain.utf8))
  }

  @Test func `base64url reads back every byte and refuses what it does not write`() {
    let all = (0...255).map { UInt8($0) }
    #expect(Base64URL.decode(Base64URL.encode(all)) == all)
    // Padding, the other alphabet, a stray length, stray bits, white space.
    for text in ["Zg==", "+/8", "Z", "Zh", "Zm9", "Zm9v ", "é", "Zm9v\n"] {
      #expect(Base64URL.decode(text) == nil, "\(text)")
    }
  }
}

struct PasswordTests {
  @Test func `a password fits its own hash and no other`() throws {
    let hash = try PasswordHash.make("correct horse 电池")
    #expect(hash.hasPrefix("$argon2id$v=19$m=65536,t=2,p=1$"))
    #expect(PasswordHash.verify("correct horse 电池", against: hash))
    #expect(!PasswordHash.verify("correct horse", against: hash))
    #expect(!PasswordHash.verify("", against: hash))
    #expect(!PasswordHash.needsRehash(hash))
    #expect(try PasswordHash.make("correct horse 电池") != hash)
  }

  @Test(arguments: [
    "", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", String(repeating: "a", count: 500),
  ])
  func `text that is no hash fits no password`(hash: String) {
    #expect(!PasswordHash.verify("", against: hash))
    #expect(!PasswordHash.verify(hash, against: hash))
  }

  @Test func `an absurdly long password is refused before any work`() {
    #expect(
      code { () throws(SealingError) in _ = try PasswordHash.make(String(repeating: "a", count: 1025)) }
        == .passwordTooLong)
  }

  @Test func `verifying against the decoy is the whole work, and nothing fits it`() {
    let decoy = PasswordHash.decoy()
    // Today's cost, in a form that libsodium takes for a hash: else it would be refused at once.
    #expect(!PasswordHash.needsRehash(decoy))
    #expect(!PasswordHash.verify("", against: decoy))
    #expect(!PasswordHash.verify(decoy, against: decoy))
    #expect(PasswordHash.decoy() != decoy)
  }

  @Test func `a hash of another cost is to be replaced`() throws {
    let cheap = try PasswordHash.make("x", operations: 1, memory: 8192)
    #expect(PasswordHash.verify("x", against: cheap))
    #expect(PasswordHash.needsRehash(cheap))
  }

  @Test func `a NUL does not end a password`() throws {
    let hash = try PasswordHash.make("abc\u{0}def", operations: 1, memory: 8192)
    #expect(!PasswordHash.verify("abc", against: hash))
    #expect(PasswordHash.verify("abc\u{0}def", against: hash))
  }
}

struct SealedBoxTests {
  @Test func `XChaCha20-Poly1305 gives the value of its draft standard`() {
    let plain = Array(
      ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
        + "sunscreen would be it.").utf8)
    let sealed = SealedBox.encrypt(
      plain, with: bytes("50515253c0c1c2c3c4c5c6c7"), nonce: (0x40...0x57).map { UInt8($0) },
      key: (0x80...0x9f).map { UInt8($0) })
    #expect(
      hexadecimal(sealed)
        == """
        bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
        731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
        2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
        21f9664c97637da9768812f615c68b13b52e\
        c0875924c1c7987947deafd8780acf49
        """)
  }

  @Test func `what was sealed opens with the same key and context only`() throws {
    let key = SecretKey.random()
    let box = SealedBox(key: key)
    for secret in [[], Array("hunter2".utf8), SecureRandom.bytes(5000)] as [[UInt8]] {
      let sealed = box.seal(secret, context: "hosts/1")
      #expect(try box.open(sealed, context: "hosts/1") == secret)
      #expect(box.seal(secret, context: "hosts/1") != sealed)
      #expect(code { () throws(SealingError) in _ = try box.open(sealed, context: "hosts/2") } == .sealBroken)
      #expect(
        code { () throws(SealingError) in _ = try SealedBox(key: .random()).open(sealed, context: "hosts/1") }
          == .sealBroken)
    }
  }

  @Test func `any changed byte and any shortening is noticed`() throws {
    let box = SealedBox(key: .random())
    let sealed = box.seal(Array("secret".utf8), context: "c")
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect((try? box.open(changed, context: "c")) == nil)
      #expect((try? box.open(Array(sealed.prefix(index)), context: "c")) == nil)
    }
  }
}

struct KeyTests {
  @Test func `an API key is recognised by its hash and by nothing else`() {
    let key = APIKey.make()
    #expect(key.text.hasPrefix("lut_"))
    #expect(key.text.utf8.count == 47)
    #expect(APIKey.hash(of: key.text) == key.hash)
    #expect(APIKey.make().text != key.text)
    #expect(!"\(key)".contains(key.text))
    for text in ["", "lut_", key.text + "x", String(key.text.dropLast()), "LUT_" + key.text.dropFirst(4)] {
      #expect(APIKey.hash(of: text) == nil)
    }
  }

  @Test func `a secret key is not printed and gives each purpose another key`() throws {
    let key = try SecretKey(text: "a secret of the environment")
    #expect(!"\(key) \(String(reflecting: key))".contains("environment"))
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!dumped.contains("97"))
    #expect(key.derived(for: "a").bytes != key.derived(for: "b").bytes)
    #expect(key.derived(for: "a").bytes == key.derived(for: "a").bytes)
    #expect(code { () throws(SealingError) in _ = try SecretKey(text: "short") } == .keyTooShort)
  }
}
