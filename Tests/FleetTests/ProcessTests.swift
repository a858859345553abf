import FoundationEssentials
import Glibc
import ProcessRunning
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProcessTests {
  private func shell(_ script: String, _ arguments: [String] = [], newSession: Bool = true) throws
    -> ChildProcess
  {
    try TestRooms.spawner().start(
      Command(
        executable: "/bin/sh", arguments: ["-c", script, "sh"] + arguments, environment: ["A": "é b"],
        workingDirectory: "/usr", newSession: newSession))
  }

  private func everything(_ process: ChildProcess) async throws -> String {
    var bytes: [UInt8] = []
    while let piece = try await process.read() { bytes += piece }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `arguments, environment and working directory arrive unchanged`() async throws {
    let process = try shell(
      #"printf '%s|' "$@"; echo "$A $PWD"; env | wc -l"#, ["a b", "", "$(x)\n", "'\"*"])
    // PWD, and what the shell itself adds.
    let text = try await everything(process)
    #expect(text.hasPrefix("a b||$(x)\n|'\"*|é b /usr\n"))
    #expect(!text.contains("HOME"))
    #expect(try await process.exitStatus() == .exited(0))
  }

  @Test func `input reaches it and its end ends it`() async throws {
    let process = try shell("cat; echo end >&2; exit 7")
    try await process.write([UInt8]("hello".utf8))
    #expect(try await process.read() == [UInt8]("hello".utf8))
    process.closeInput()
    #expect(try await process.read() == nil)
    #expect(try await process.readError() == [UInt8]("end\n".utf8))
    #expect(try await process.exitStatus() == .exited(7))
  }

  @Test func `a megabyte each way arrives whole`() async throws {
    let process = try shell("cat")
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    async let written: Void = process.write(bytes)
    var received: [UInt8] = []
    while received.count < bytes.count, let piece = try await process.read() { received += piece }
    try await written
    #expect(received == bytes)
    await process.end()
  }

  @Test func `a program that is not there is an error and leaves no descriptor`() async throws {
    let before = try names("/proc/self/fd").count
    for _ in 0..<300 {
      let error = #expect(throws: ProcessError.self) {
        try TestRooms.spawner().start(Command(executable: "/no/such", arguments: [], environment: [:]))
      }
      #expect(error?.code == .notFound)
    }
    // Six a failure, if they leaked; other tests open some meanwhile.
    #expect(try names("/proc/self/fd").count < before + 500)
    let plain = #expect(throws: ProcessError.self) {
      try TestRooms.spawner().start(Command(executable: "/etc/passwd", arguments: [], environment: [:]))
    }
    #expect(plain?.code == .notExecutable)
    let nul = #expect(throws: ProcessError.self) {
      try TestRooms.spawner().start(Command(executable: "/bin/true", arguments: ["a\0b"], environment: [:]))
    }
    #expect(nul?.code == .invalidText)
  }

  @Test func `it has three descriptors, no ignored signal and a session of its own`() async throws {
    let process = try shell(
      "ls /proc/self/fd | tr '\\n' ' '; grep -E 'Sig(Ign|Blk)' /proc/self/status; ps -o sid= -p $$")
    let text = try await everything(process)
    #expect(text.hasPrefix("0 1 2 3 "))
    #expect(!text.hasPrefix("0 1 2 3 4"))
    // The C library keeps 32 and 33 to itself.
    for name in ["SigIgn:\t", "SigBlk:\t"] {
      let mask = text.split(separator: "\n").first { $0.contains(name) }.flatMap {
        UInt64($0.suffix(16), radix: 16)
      }
      #expect(mask.map { $0 & 0x7FFF_FFFF } == 0)
    }
    #expect(text.split(separator: "\n").last.map { $0.filter { $0 != " " } } == "\(process.processID)")
  }

  @Test func `death by a signal is told`() async throws {
    let process = try shell("kill -ABRT $$")
    #expect(try await process.exitStatus() == .signalled(SIGABRT))
    process.send(SIGKILL)  // its number may be another's by now
    #expect(try await process.exitStatus() == .signalled(SIGABRT))
  }

  @Test func `a teardown climbs its steps until the process is gone`() async throws {
    let process = try shell("trap '' TERM; echo ready; while :; do read line || :; done")
    _ = try await process.read()
    let steps = [
      TeardownStep(.closeInput, wait: .milliseconds(20)),
      TeardownStep(.signal(SIGTERM), wait: .milliseconds(20)),
    ]
    #expect(await process.end(steps) == .signalled(SIGKILL))
    let gentle = try shell("cat")
    #expect(await gentle.end() == .exited(0))
  }

  @Test func `a teardown goes on in a cancelled task`() async throws {
    let process = try shell("sleep 1000")
    let status = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await process.end([TeardownStep(.signal(SIGTERM), wait: .seconds(30))])
    }.value
    #expect(status == .signalled(SIGTERM))
  }

  @Test func `a process that nobody holds is killed and leaves no zombie`() async throws {
    var process: ChildProcess? = try shell("sleep 1000")
    let processID = try #require(process?.processID)
    #expect(isAlive(Int(processID)))
    process = nil
    try await until { contents("/proc/\(processID)/stat") == nil }
  }

  @Test func `writing to one that has ended throws`() async throws {
    let process = try shell("exit 0")
    _ = try await process.exitStatus()
    // Another test's process that is being started holds every descriptor for a moment, our pipe's too.
    var failure: ProcessError?
    try await until {
      do throws(ProcessError) { try await process.write([1]) } catch { failure = error }
      return failure != nil
    }
    #expect(failure?.code == .brokenPipe)
  }

  @Test func `waiting can be given up`() async throws {
    let process = try shell("sleep 1000")
    let waiting = Task { try await process.exitStatus() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(isAlive(Int(process.processID)))
    await process.end([TeardownStep(.signal(SIGKILL), wait: .seconds(30))])
  }
}
