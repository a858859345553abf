import Domain
import FoundationEssentials
import Fleet
import Testing

/// The frames of Tests/Fixtures/agent-frames.jsonl, told by a replaying agent; the agent's own tests hold them against
/// what it really says.
@Suite(.timeLimit(.minutes(1))) struct AgentFramesTests {
  /// Answers each operation with the fixture's next frame for it, under the request's own id.
  private static let replay = """
    import json, sys
    frames = [json.loads(line) for line in open(sys.argv[0].replace("agent.py", "frames.jsonl"), encoding="utf-8")]
    marks = {"hello": "hostname", "launch": "status", "stop": "status", "status": "statuses", "read": "data",
             "stat": "facts", "models": "models", "measure": "gpus", "trainer": "trainer", "free_port": "port",
             "place": "placed", "write": "error"}
    for line in sys.stdin:
        r = json.loads(line)
        mark = marks.get(r["op"])
        frame = next((f for f in frames if mark in f and "ev" not in f), {"ok": True})
        if r["op"] in ("launch", "stop"): frames.remove(frame)
        print(json.dumps(dict(frame, id=r["id"])), flush=True)
        if r["op"] == "watch":
            for event in [f for f in frames if "ev" in f]:
                print(json.dumps(dict(event, key=r["key"])), flush=True)
    """

  @Test(arguments: [
    (#"{"id":7,"ok":true}"#, 7), (#"{"id":7,"ok":true,"pid":1}"#, 7), (#"{"id": 7, "ok": true}"#, 7),
    (#"{"ok":true,"id":7}"#, 7), (#"{"pid":1,"ok":true,"id":7}"#, 7), (#"{"id":7,"ok":trueish}"#, nil),
    (#"{"id":,"ok":true}"#, nil), (#"{"id":-7,"ok":true}"#, -7), (#"{"id":7,"ok":true"#, nil),
    (#"{"id":99999999999999999999,"ok":true}"#, nil), (#"{"id":7"#, nil), ("", nil),
  ])
  func `an answer is whoever's its head says, however it is written`(line: String, id: Int?) {
    if case .answer(let found, .success(let whole))? = AgentFrame(Array(line.utf8)) {
      #expect(found == id && whole == Array(line.utf8))
    } else {
      #expect(id == nil)
    }
  }

  @Test func `a refusal is none of the granted`() {
    let line = #"{"id":7,"ok":false,"error":{"code":"not_found","message":"gone"}}"#
    guard case .answer(7, .failure(let problem))? = AgentFrame(Array(line.utf8)) else {
      Issue.record("not a refusal of 7")
      return
    }
    #expect(problem.code != .hostFailed)
  }

  @Test(arguments: [
    #"{"ev":"grew","key":"w1","log_size":3,"sizes":[9],"tails":[{"offset":6,"data":"YWJj"}]}"#,
    #"{"key": "w1", "sizes": [9], "ev": "grew", "tails": [{"data": "YWJj", "offset": 6}], "log_size": 3}"#,
  ])
  func `growth is read however it is written`(line: String) throws {
    guard case .growth("w1", let growth)? = AgentFrame(Array(line.utf8)) else {
      Issue.record("no growth of w1")
      return
    }
    let before = JobChange(status: JobStatus(directory: "/d", state: .running, processID: 7), sizes: [6])
    #expect(
      growth.change(after: before)
        == JobChange(
          status: JobStatus(directory: "/d", state: .running, processID: 7, logSize: 3), sizes: [9],
          tails: [FileSlice(offset: 6, bytes: Array("abc".utf8), size: 9)]))
  }

  @Test func `every frame of the protocol is read`() async throws {
    try await withFolder { folder async throws in
      try put(Self.replay, folder + "/agent.py")
      try FileManager.default.copyItem(
        atPath: TestRooms.repository + "/Tests/Fixtures/agent-frames.jsonl", toPath: folder + "/frames.jsonl")
      try await withHost(folder, script: folder + "/agent.py") { host, _ async throws in
        let facts = try await host.facts()
        #expect(facts.hostname == "gpu-1" && facts.cpuCount == 16 && facts.bootID.hasPrefix("1279e8df"))
        let ended = try await host.launch(JobSpec(directory: "/d", arguments: ["x"]))
        #expect(
          ended
            == JobStatus(
              directory: "/srv/users/u/models/t", state: .ended, exitCode: 3,
              startedAt: Timestamp(milliseconds: 1_795_218_347_250),
              endedAt: Timestamp(milliseconds: 1_795_218_348_500), processID: 4801, logSize: 8))
        let stopped = try await host.stop("/d")
        #expect(stopped.signal == 15 && stopped.stopped && stopped.exitCode == nil)
        let three = try await host.status(of: ["a", "b", "c"])
        #expect(three.map(\.state) == [.absent, .lost, .running])
        #expect(three[1].why == "vanished" && three[1].stopped && three[2].directory == "/srv/users/日本\n")
        let miscounted = try await refusal { _ = try await host.status(of: ["a"]) }
        #expect(miscounted.code == .hostFailed)
        #expect(
          try await host.read("/x", from: 0, limit: 9)
            == FileSlice(offset: 5, bytes: [97, 98, 99, 255], size: 12))
        let files = try await host.facts(of: ["a", "b"])
        #expect(
          files == [
            nil, FileFacts(isDirectory: false, size: 4, modifiedAt: Timestamp(seconds: 1_795_218_347.5)),
          ])
        let models = try await host.models(in: [])
        #expect(models.map(\.kind) == [.adapter, .base])
        #expect(
          models[0].baseModel == "/srv/base" && models[1].modelType == "qwen2" && models[1].hasChatTemplate)
        let load = try await host.measure()
        #expect(load.gpus.first?.memoryTotal == 85_518_712_832 && load.gpus.first?.power == nil)
        #expect(load.cpuPercent == 12.5 && load.gpuNote == nil && load.diskFree == 82_982_625_280)
        let trainer = try await host.trainer(thorough: false)
        #expect(trainer.version == "0.9.5" && trainer.torch == "2.13.0+cpu" && trainer.problem == nil)
        #expect(try await host.freePort() == 40123)
        let refused = try await refusal { try await host.write([], to: "/x") }
        #expect(refused.code == .forbidden && refused.origin == .host)
        var changes = try await host.watch("/d", files: ["a", "b"]).makeAsyncIterator()
        var change = try #require(try await changes.next())
        // The newer may have come before the older was taken.
        if change.sizes[0] == 42 {
          #expect(change.sizes == [42, -1] && change.status.logSize == 42 && change.tails.isEmpty)
          change = try #require(try await changes.next())
        }
        #expect(change.status.state == .running && change.status.processID == 4801)
        #expect(change.sizes == [46, -1] && change.status.logSize == 46)
        #expect(change.tails == [FileSlice(offset: 42, bytes: [97, 98, 99, 255], size: 46), nil])
      }
    }
  }
}
