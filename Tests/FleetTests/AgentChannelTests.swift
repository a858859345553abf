import Domain
import Fleet
import FoundationEssentials
import Glibc
import Testing

/// Agents that misbehave, as real programs.
@Suite(.timeLimit(.minutes(1))) struct AgentChannelTests {
  private static let hello =
    #"{"id":1,"ok":true,"protocol":1,"hostname":"h","system":"s","python":"3","cpu_count":1,"boot_id":"b"}"#

  /// A host whose agent is the given Python text.
  private func withAgent(
    _ text: String, _ timing: AgentChannel.Timing = quick(),
    _ body: @Sendable (LocalHost) async throws -> Void
  ) async throws {
    try await withFolder { folder async throws in
      try put("import sys, time, os\n" + text, folder + "/agent.py")
      try await withHost(folder, timing: timing, script: folder + "/agent.py") { host, _ async throws in
        try await body(host)
      }
    }
  }

  private static func quick() -> AgentChannel.Timing {
    var timing = AgentChannel.Timing()
    timing.firstPause = 0.01
    return timing
  }

  @Test func `a missing python is told with a hint`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder, python: "/no/python3") { host, _ async throws in
        let error = try await refusal { _ = try await host.facts() }
        #expect(
          error.code == .hostFailed && error.message.contains("Python")
            && error.hint?.contains("apt-get") == true)
      }
      try await withHost(folder, script: folder + "/none.py") { host, _ async throws in
        #expect(try await refusal { _ = try await host.facts() }.message.contains("agent's file"))
      }
    }
  }

  @Test func `an agent that dies at once is not waited for, and its last words are kept`() async throws {
    try await withAgent("sys.exit('SyntaxError: too old')") { host async throws in
      let error = try await refusal { _ = try await host.facts() }
      #expect(error.code == .hostUnreachable)
      #expect(error.detail?.contains("SyntaxError: too old") == true)
      #expect(!error.message.contains("SyntaxError"))
    }
  }

  @Test func `an agent of another protocol is refused`() async throws {
    let other = Self.hello.replacing("\"protocol\":1", with: "\"protocol\":2")
    try await withAgent("sys.stdin.readline(); print('\(other)', flush=True); sys.stdin.read()") {
      host async throws in
      #expect(try await refusal { _ = try await host.facts() }.code == .hostFailed)
    }
  }

  @Test func `an agent that never answers is given up`() async throws {
    var timing = Self.quick()
    timing.hello = .milliseconds(50)
    try await withAgent("sys.stdin.read()", timing) { host async throws in
      #expect(try await refusal { _ = try await host.facts() }.code == .timedOut)
    }
  }

  @Test func `one that stops answering is replaced, and who waits is told`() async throws {
    var timing = Self.quick()
    timing.pingInterval = .milliseconds(20)
    timing.pingLimit = .milliseconds(100)
    let text = """
      sys.stdin.readline()
      print('\(Self.hello)', flush=True)
      sys.stdin.read()
      """
    try await withAgent(text, timing) { host async throws in
      _ = try await host.facts()
      #expect(try await refusal { _ = try await host.freePort() }.code == .hostUnreachable)
    }
  }

  @Test func `one that does not even read is replaced`() async throws {
    var timing = Self.quick()
    timing.pingInterval = .milliseconds(20)
    timing.pingLimit = .milliseconds(100)
    let text = """
      sys.stdin.readline()
      print('\(Self.hello)', flush=True)
      time.sleep(1000)
      """
    try await withAgent(text, timing) { host async throws in
      let error = try await refusal {
        try await host.write([UInt8](repeating: 0, count: 1_000_000), to: "/x")
      }
      #expect(error.code == .hostUnreachable)
    }
  }

  @Test func `garbage between frames is passed over, an endless line is not`() async throws {
    let text = """
      sys.stdin.readline()
      sys.stdout.write('garbage\\n\\n{"id":99,"ok":true}\\n{"ev":"job","key":"w9"}\\n[]\\n\(Self.hello)\\n')
      sys.stdout.flush()
      sys.stdin.readline()
      sys.stdout.write('x' * 4000000)
      sys.stdout.flush()
      sys.stdin.read()
      """
    try await withAgent(text) { host async throws in
      #expect(try await host.facts().hostname == "h")
      let error = try await refusal { _ = try await host.freePort() }
      #expect(error.code == .hostUnreachable && error.detail?.contains("too long") == true)
    }
  }

  @Test func `a request that is given up is forgotten and the next is answered`() async throws {
    let text = """
      import json
      sys.stdin.readline()
      print('\(Self.hello)', flush=True)
      for line in sys.stdin:
          r = json.loads(line)
          if r['op'] == 'free_port': print(json.dumps({'id': r['id'], 'ok': True, 'port': 7}), flush=True)
      """
    try await withAgent(text) { host async throws in
      _ = try await host.facts()
      let waiting = Task { try await host.measure() }
      waiting.cancel()
      await #expect(throws: DomainError.self) { try await waiting.value }
      #expect(try await host.freePort() == 7)
    }
  }

  @Test func `only what training needs is inherited`() {
    let all = [
      "PATH": "/bin", "SECRET_KEY": "s", "LLM_API_KEY": "k", "CUDA_VISIBLE_DEVICES": "0", "HF_HOME": "/h",
      "DATABASE_URL": "d",
    ]
    #expect(
      AgentProgram.environment(from: all) == ["PATH": "/bin", "CUDA_VISIBLE_DEVICES": "0", "HF_HOME": "/h"])
  }
}
