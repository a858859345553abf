import Domain
import Testing

@testable import Fleet

/// The multiplexing protocol and what is read out of other programs' words, without a connection.
@Suite struct SSHFramesTests {
  private func bytes(_ text: String) -> [UInt8] {
    text.split(separator: " ").compactMap { UInt8($0, radix: 16) }
  }

  // Recorded between `ssh -S` and `ssh -M` of OpenSSH 9.2p1; alone the escape character (7e there) is another here.
  @Test func `requests are the bytes that OpenSSH's own client sends`() {
    #expect(MuxRequest.hello.bytes == bytes("00 00 00 08 00 00 00 01 00 00 00 04"))
    #expect(MuxRequest.aliveCheck(id: 0).bytes == bytes("00 00 00 08 10 00 00 04 00 00 00 00"))
    #expect(MuxRequest.terminate(id: 0).bytes == bytes("00 00 00 08 10 00 00 05 00 00 00 00"))
    #expect(
      MuxRequest.newSession(id: 1, command: "exit 7").bytes
        == bytes(
          """
          00 00 00 32 10 00 00 02 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 \
          ff ff ff ff 00 00 00 04 64 75 6d 62 00 00 00 06 65 78 69 74 20 37
          """))
    let forward = MuxForward(localPort: 18022, remote: RemotePlace("127.0.0.1", 22931))
    let ports =
      "00 00 00 00 00 00 00 01 00 00 00 09 31 32 37 2e 30 2e 30 2e 31 00 00 46 66"
      + " 00 00 00 09 31 32 37 2e 30 2e 30 2e 31 00 00 59 93"
    #expect(MuxRequest.openForward(id: 0, forward).bytes == bytes("00 00 00 2e 10 00 00 06 " + ports))
    #expect(MuxRequest.closeForward(id: 0, forward).bytes == bytes("00 00 00 2e 10 00 00 07 " + ports))
  }

  @Test func `answers are read whatever pieces they come in`() throws {
    // Recorded, the last one apart.
    let all = bytes(
      """
      00 00 00 08 00 00 00 01 00 00 00 04 00 00 00 0c 80 00 00 05 00 00 00 00 00 00 0c 85 \
      00 00 00 0c 80 00 00 06 00 00 00 01 00 00 00 02 00 00 00 0c 80 00 00 04 00 00 00 02 00 00 00 07 \
      00 00 00 08 80 00 00 01 00 00 00 00 00 00 00 22 80 00 00 03 00 00 00 00 00 00 00 16 50 6f 72 74 20 66 6f 72 77 \
      61 72 64 69 6e 67 20 66 61 69 6c 65 64 00 00 00 08 80 00 00 08 00 00 00 02
      """)
    for size in [1, 3, all.count] {
      var splitter = MuxSplitter()
      var replies: [MuxReply?] = []
      for start in stride(from: 0, to: all.count, by: size) {
        splitter.push(Array(all[start..<min(start + size, all.count)]))
        while let packet = try splitter.next() { replies.append(MuxReply(packet)) }
      }
      #expect(
        replies == [
          .hello(version: 4), .alive(id: 0, processID: 3205), .sessionOpened(id: 1, session: 2),
          .exit(session: 2, code: 7), .ok(id: 0), .refused(id: 0, reason: "Port forwarding failed"),
          .other(type: 0x8000_0008),
        ])
    }
  }

  @Test func `a packet that is cut short or far too long is not believed`() {
    #expect(MuxReply(bytes("80 00 00 06 00 00 00 01")) == nil)
    #expect(MuxReply(bytes("80 00 00 03 00 00 00 01 7f ff ff ff 41")) == nil)
    #expect(MuxReply([]) == nil)
    for length in ["ff ff ff ff", "00 00 00 00", "00 10 00 00"] {
      var splitter = MuxSplitter()
      splitter.push(bytes(length))
      #expect(throws: MuxProblem.unreadable) { try splitter.next() }
    }
  }

  @Test func `our own words are found among greetings, and what follows is kept`() throws {
    var words = StartWords()
    words.push(
      Array("Welcome LUTHIER {}\nno end\nLUTHIER {\"present\": true, \"root\": \"/r\"}\n{\"id\"".utf8))
    let first = words.next()
    let word = try #require(first)
    #expect(word.present == true && word.root == "/r" && word.problem == nil)
    #expect(words.next()?.present == nil)
    #expect(words.rest == Array("{\"id\"".utf8))
  }

  @Test func `a host without a usable Python, or without room, is told apart`() throws {
    func problem(_ text: String) throws -> DomainError {
      var words = StartWords()
      words.push(Array("LUTHIER \(text)\n".utf8))
      let word = words.next()
      return try #require(word?.problem)
    }
    #expect(try problem(#"{"missing": true}"#).hint?.contains("apt-get install python3") == true)
    #expect(try problem(#"{"old": "3.4"}"#).message.contains("3.4"))
    #expect(try problem(#"{"error": "storage_full", "message": "x"}"#).code == .storageFull)
    #expect(try problem(#"{"error": "permission_denied", "message": "x"}"#).message.contains("may not"))
  }

  @Test func `a word for the host's shell stays one word`() {
    #expect(RemoteStart.quoted("a'b $(x)\n") == #"'a'\''b $(x)"# + "\n'")
    let line = RemoteStart.python("print(1)\n", ["~/it's"])
    #expect(line.hasPrefix("exec /bin/sh -c '") && !line.contains("\n") && line.hasSuffix(#"'~/it'\''s'"#))
  }

  @Test func `what ssh says is read for its cause`() {
    func message(_ text: String) -> String { SSHFailure.error(from: text).message }
    let readings = [
      "ssh: connect to host x port 22: Connection refused": "Nothing listens",
      "ssh: Could not resolve hostname x: Name or service not known": "name is not known",
      "ssh: connect to host x port 22: Connection timed out": "did not answer",
      "Timeout, server x not responding.": "no longer answered",
      "x@y: Permission denied (publickey).": "refused the key",
      "Unable to negotiate with x port 22: no matching host key type found.": "algorithm",
      "Host key verification failed.": "not known",
      "kex_exchange_identification: Connection closed by remote host": "closed the connection",
      "something new": "connection ended",
    ]
    for (text, words) in readings { #expect(message(text).contains(words), "\(text): \(message(text))") }
    let changed = """
      @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
      The fingerprint for the ED25519 key sent by the remote host is
      SHA256:abc.
      Offending ED25519 key in /data/known_hosts:12
      Host key verification failed.
      """
    #expect(SSHFailure.offendingLine(in: changed) == 12 && SSHFailure.isRefusal(changed))
    #expect(
      SSHFailure.error(from: changed, recorded: "SHA256:old").message.contains(
        "SHA256:old, shown SHA256:abc."))
    #expect(!SSHFailure.isRefusal("Connection refused"))
  }

  @Test func `a transfer gets another session only where the line carries it`() async {
    let start = ContinuousClock.now
    let window = TransferPace.window
    let slow = TransferPace(skipping: 1000)
    slow.add(1000, at: start)
    // Less than a window tells nothing, however fast it went.
    slow.add(window - 1, at: start)
    async let second = slow.admits(2)
    slow.end()
    #expect(await !second)
    let fast = TransferPace()
    fast.add(1, at: .now)
    async let third = fast.admits(3)
    fast.add(20 * window, at: .now)
    #expect(await third)
    // So much was not carried in so short a time.
    async let many = fast.admits(1_000_000_000)
    async let cancelled = withTaskGroup(of: Bool.self) { group in
      group.addTask { await fast.admits(1_000_000_000) }
      group.cancelAll()
      return await group.next() ?? true
    }
    #expect(await !cancelled)
    fast.end()
    #expect(await !many)
    #expect(await !fast.admits(1))
  }
}
