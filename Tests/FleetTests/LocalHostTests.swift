import Domain
import Fleet
import FoundationEssentials
import Glibc
import Storage
import TestPrograms
import Testing

@Suite(.timeLimit(.minutes(2))) struct LocalHostTests {
  private let quickStop = [
    StopStep(signal: "TERM", target: .all, wait: 1), StopStep(signal: "KILL", target: .all, wait: 1),
  ]

  @Test func `a host tells what it is`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let facts = try await host.facts()
        #expect(facts.cpuCount >= 1 && !facts.bootID.isEmpty && facts.python.hasPrefix("3."))
        let load = try await host.measure()
        #expect(load.memoryTotal > load.memoryAvailable && load.diskTotal >= load.diskFree)
        #expect(!load.gpus.isEmpty || load.gpuNote != nil)
        let ports = [try await host.freePort(), try await host.freePort()]
        #expect(ports[0] != ports[1])
        #expect(try await host.address(ofPort: ports[0]) == "http://127.0.0.1:\(ports[0])")
        #expect(FileManager.default.fileExists(atPath: root))
      }
    }
  }

  @Test func `a job runs to its end, and its log is read by ranges`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let job = root + "/u/models/t'\n1"
        #expect(try await host.status(of: [job]).map(\.state) == [.absent])
        let launched = try await host.launch(
          JobSpec(
            directory: job, arguments: ["/bin/sh", "-c", "printf '%s' \"$X\"; exit 3"],
            environment: ["X": "é✓😀"]))
        #expect(launched.state == .running || launched.state == .ended)
        try await until { try await host.status(of: [job])[0].state == .ended }
        let status = try await host.status(of: [job, root + "/none"])
        #expect(status.map(\.state) == [.ended, .absent])
        #expect(
          status[0].exitCode == 3 && status[0].signal == nil && !status[0].stopped && status[0].why == nil)
        #expect(status[0].directory == job && status[0].logSize == 9)
        let start = try #require(status[0].startedAt)
        let end = try #require(status[0].endedAt)
        #expect(start <= end)
        // A cut through the check mark: bytes, not text.
        let slice = try await host.read(job + "/train.log", from: 3, limit: 2)
        #expect(slice == FileSlice(offset: 3, bytes: Array("é✓😀".utf8)[3..<5].map(\.self), size: 9))
        let tail = try await host.read(job + "/train.log", from: -4, limit: 1 << 30)
        #expect(tail.offset == 5 && tail.bytes == Array("😀".utf8))
      }
    }
  }

  @Test func `a launched folder is not launched again, and a missing command is an ending`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let job = JobSpec(directory: root + "/j", arguments: ["/bin/sleep", "1000"], stop: quickStop)
        let states = try await withThrowingTaskGroup(of: Int?.self) { group in
          for _ in 0..<8 { group.addTask { try await host.launch(job).processID } }
          return try await group.reduce(into: Set<Int>()) { if let id = $1 { $0.insert(id) } }
        }
        #expect(states.count == 1)
        let stopping = try await host.stop(job.directory)
        #expect(stopping.state == .running || stopping.state == .ended)
        try await until { try await host.status(of: [job.directory])[0].state == .ended }
        let ended = try await host.status(of: [job.directory])[0]
        #expect(ended.stopped && ended.signal == Int(SIGTERM) && ended.exitCode == nil)
        let missing = try await host.launch(JobSpec(directory: root + "/m", arguments: ["/no/such/trainer"]))
        #expect(missing.state == .ended && missing.exitCode == 127)
        #expect(missing.why?.contains("/no/such/trainer") == true)
      }
    }
  }

  @Test func `a launch whose answer was cut off is asked for again, and one process was started`()
    async throws
  {
    try await withFolder { folder async throws in
      // An agent whose connection is cut between a launch and its answer, once.
      let relay = folder + "/relay.py"
      try put("", folder + "/armed")
      try put(
        """
        import os, subprocess, sys
        agent = subprocess.Popen([sys.executable, "-I", \(quoted(TestRooms.agentScript))] + sys.argv[1:],
                                 stdout=subprocess.PIPE)
        armed = \(quoted(folder + "/armed"))
        for line in agent.stdout:
            if b'"status"' in line and os.path.exists(armed):
                os.unlink(armed)
                agent.kill()
                os._exit(1)
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
        """, relay)
      try await withHost(folder, script: relay) { host, root async throws in
        let job = JobSpec(
          directory: root + "/j", arguments: ["/bin/sh", "-c", "echo started; exec sleep 1000"],
          stop: quickStop)
        let cut = try await refusal { _ = try await host.launch(job) }
        #expect(cut.code == .hostUnreachable)
        let again = try await host.launch(job)
        #expect(again.state == .running || again.state == .starting)
        try await until { try await host.status(of: [job.directory])[0].logSize > 0 }
        _ = try await host.stop(job.directory)
        try await until { try await host.status(of: [job.directory])[0].state == .ended }
        #expect(contents(root + "/j/train.log") == Array("started\n".utf8))
      }
    }
  }

  private func quoted(_ text: String) -> String { "\"" + text + "\"" }

  @Test func `a watch gives the present first, then what changes, and outlives the job`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let job = root + "/j"
        let log = job + "/train.log"
        var changes = try await host.watch(job, files: [log, root + "/none"]).makeAsyncIterator()
        let first = try #require(try await changes.next())
        #expect(first.status.state == .absent && first.sizes == [-1, -1])
        _ = try await host.launch(
          JobSpec(
            directory: job, arguments: ["/bin/sh", "-c", "echo one; sleep 0.1; echo two"],
            workingDirectory: root, stop: quickStop))
        var last = first
        while last.status.state != .ended { last = try #require(try await changes.next()) }
        #expect(last.sizes[1] == -1 && last.sizes[0] == 8)
        try put("more, written after the end", log)
        while last.sizes[0] != 27 { last = try #require(try await changes.next()) }
        #expect(last.status.state == .ended)
      }
    }
  }

  @Test func `an agent killed harms no job, ends watches and comes back`() async throws {
    try await withFolder { folder async throws in
      var timing = AgentChannel.Timing()
      timing.firstPause = 0.01
      try await withHost(folder, timing: timing) { host, root async throws in
        let job = JobSpec(directory: root + "/j", arguments: ["/bin/sleep", "1000"], stop: quickStop)
        let pid = try #require(try await host.launch(job).processID)
        var changes = try await host.watch(job.directory, files: []).makeAsyncIterator()
        _ = try await changes.next()
        for agent in try agents(of: root) { kill(agent, SIGKILL) }
        do {
          while try await changes.next() != nil {}
          Issue.record("the watch ended without an error")
        } catch {
          #expect((error as? DomainError)?.code == .hostUnreachable)
        }
        #expect(isAlive(pid))
        #expect(try await host.status(of: [job.directory])[0].state == .running)
        _ = try await host.stop(job.directory)
        try await until { try await host.status(of: [job.directory])[0].state == .ended }
      }
    }
  }

  @Test func `the end of the host ends the agent and not the jobs`() async throws {
    try await withFolder { folder async throws in
      let (pid, root) = try await withHost(folder) { host, root async throws in
        let job = JobSpec(directory: root + "/j", arguments: ["/bin/sleep", "1000"], stop: quickStop)
        return (try #require(try await host.launch(job).processID), root)
      }
      #expect(try agents(of: root).isEmpty)
      #expect(isAlive(pid))
      try await withHost(folder) { host, root async throws in
        #expect(try await host.status(of: [root + "/j"])[0].processID == pid)
        _ = try await host.stop(root + "/j")
        try await until { try await host.status(of: [root + "/j"])[0].state == .ended }
      }
      #expect(!isAlive(pid))
    }
  }

  /// Agents that work below a root, found in /proc.
  private func agents(of root: String) throws -> [Int32] {
    try names("/proc").compactMap { Int32($0) }.filter { id in
      let words = (contents("/proc/\(id)/cmdline") ?? []).split(separator: 0).map {
        String(decoding: $0, as: UTF8.self)
      }
      return words.contains(root) && words.contains("--root") && isAlive(Int(id))
    }
  }

  @Test func `files are written, described, read and removed`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let path = root + "/u/models/t/run é.yaml"
        try await host.write([1, 2, 255], to: path)
        #expect(contents(path) == [1, 2, 255])
        let facts = try await host.facts(of: [root + "/none", path, root])
        #expect(facts.count == 3 && facts[0] == nil && facts[1]?.size == 3)
        #expect(facts[2]?.isDirectory == true && facts[1]?.isDirectory == false)
        #expect(try await host.facts(of: []).isEmpty)
        #expect(try await host.list(root + "/u/models") == ["t"])
        #expect(try await host.list(root + "/none") == [])
        try await host.remove(root + "/u")
        try await host.remove(root + "/u")
        #expect(try await host.facts(of: [path]) == [nil])
        let many = try await host.facts(of: (0..<450).map { root + "/\($0)" })
        #expect(many.count == 450)
        let whole = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0) }
        try await host.write(whole, to: path)
        #expect(try await host.read(path, from: 0, limit: 1 << 20).bytes == whole)
      }
    }
  }

  @Test func `what is refused has a code, a hint and no path in its words`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let missing = try await refusal { _ = try await host.read(root + "/none", from: 0, limit: 1) }
        #expect(missing.code == .notFound && missing.origin == .host && !missing.message.contains(root))
        let outside = try await refusal { try await host.write([], to: folder + "/x") }
        #expect(outside.code == .forbidden && outside.hint != nil)
        #expect(try await refusal { try await host.remove(root) }.code == .forbidden)
        #expect(try await refusal { try await host.remove(root + "/../x") }.code == .forbidden)
        let large = try await refusal {
          try await host.write([UInt8](repeating: 0, count: 1_048_577), to: root + "/x")
        }
        #expect(large.code == .tooLarge)
        let job = JobSpec(directory: folder + "/outside", arguments: ["/bin/true"])
        #expect(try await refusal { _ = try await host.launch(job) }.code == .forbidden)
        #expect(
          try await refusal { _ = try await host.launch(JobSpec(directory: root + "/j", arguments: [])) }.code
            == .invalidInput)
        #expect(try names(folder) == ["blobs", "data"])
        #expect(try names(root) == [])
      }
    }
  }

  @Test func `a stored file is placed whole or not at all`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let store = try makeStore(folder + "/blobs")
        let key = BlobKey(userID: UserID(rawValue: "u1"), filename: "rows.json")
        let upload = try await store.create(for: key.userID)
        try await upload.write([UInt8]("[1]".utf8))
        _ = try await upload.commit(as: key)
        let target = root + "/u1/datasets/rows.json"
        let wrong = try await refusal {
          try await host.place(key, contentHash: String(repeating: "0", count: 64), at: target)
        }
        #expect(wrong.code == .hostFailed)
        #expect(contents(target) == nil)
        let hash = try await sha256(ofFile: store.path(of: key))
        try await host.place(key, contentHash: hash, at: target)
        try await host.place(key, contentHash: hash, at: target)
        #expect(contents(target) == [UInt8]("[1]".utf8))
        let gone = BlobKey(userID: key.userID, filename: "none.json")
        #expect(
          try await refusal { try await host.place(gone, contentHash: hash, at: target + "2") }.code
            == .notFound)
      }
    }
  }

  @Test func `models are found below folders`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, root async throws in
        let run = root + "/u/models/t"
        try await host.write([1, 2], to: run + "/adapter_model.safetensors")
        try await host.write(
          [UInt8](#"{"base_model_name_or_path": "/b"}"#.utf8), to: run + "/adapter_config.json")
        try await host.write([1], to: run + "/checkpoint-5/adapter_model.safetensors")
        try await host.write([UInt8]("{}".utf8), to: run + "/checkpoint-5/adapter_config.json")
        let models = try await host.models(in: [root, root + "/none"])
        #expect(models.map(\.path) == [run])
        #expect(models.first?.kind == .adapter && models.first?.baseModel == "/b" && models.first?.size == 35)
      }
    }
  }

  @Test func `the trainer is found where it was configured, or its absence is told`() async throws {
    try await withFolder { folder async throws in
      let cli = folder + "/venv/bin/llamafactory-cli"
      try FileManager.default.createDirectory(atPath: folder + "/venv/bin", withIntermediateDirectories: true)
      try writeProgram("#!/bin/sh\necho usage\n", to: cli)
      try await withHost(folder, trainer: TrainerLocation(virtualEnvironment: folder + "/venv")) {
        host, _ async throws in
        let facts = try await host.trainer(thorough: true)
        #expect(facts.command == cli && facts.problem == nil && facts.version == nil && facts.torch == nil)
        #expect(facts.isEnvironmentNamed && facts.python == nil && facts.home?.hasPrefix("/") == true)
      }
      try await withHost(folder, trainer: TrainerLocation(command: "/no/cli")) { host, _ async throws in
        let facts = try await host.trainer(thorough: true)
        #expect(facts.command == nil && facts.problem?.contains("/no/cli") == true)
      }
    }
  }

  @Test func `the registry knows its hosts by their identifier`() async throws {
    try await withFolder { folder async throws in
      try await withHost(folder) { host, _ async throws in
        let registry = HostRegistry([host])
        #expect(await registry.hosts().map(\.description.name) == ["here"])
        #expect(try await registry.host(HostID(rawValue: "local")).description.kind == .local)
        #expect(try await refusal { _ = try await registry.host(HostID(rawValue: "x")) }.code == .notFound)
        // One that left is not found by its identifier any more, and is when it is back, once.
        await registry.remove(HostID(rawValue: "local"))
        #expect(
          try await refusal { _ = try await registry.host(HostID(rawValue: "local")) }.code == .notFound)
        #expect(await registry.hosts().isEmpty)
        for _ in 0..<2 { await registry.put(host) }
        #expect(try await registry.host(HostID(rawValue: "local")).description.name == "here")
        #expect(await registry.hosts().count == 1)
      }
    }
  }
}
