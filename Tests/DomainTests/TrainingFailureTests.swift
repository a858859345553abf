import Testing

@testable import Domain

@Suite struct TrainingFailureTests {
  private func read(
    _ ending: EndEvidence.Ending, log: String = "", _ change: (inout EndEvidence) -> Void = { _ in }
  ) -> FailureReading? {
    var evidence = EndEvidence(ending: ending, logTail: log)
    change(&evidence)
    return FailureReading.read(evidence)
  }

  private func line(
    _ step: Int, _ total: Int, loss: Double? = nil, eval: Double? = nil, diverged: Bool = false
  )
    -> TrainingMetric
  {
    TrainingMetric(step: step, totalSteps: total, loss: loss, evalLoss: eval, isDiverged: diverged)
  }

  @Test(arguments: LogSample.real)
  func `a real log tells its reason, and the line that told`(_ sample: LogSample) throws {
    let reading = try #require(read(sample.ending, log: sample.text))
    #expect(reading.reason == sample.reason, "\(sample.name): \(reading)")
    #expect(reading.detail?.isEmpty == false)
  }

  @Test(arguments: [
    (
      "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has a total capacity of 79 GiB",
      EndReason.outOfMemoryGPU
    ),
    (
      "[rank3]: torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
      .outOfMemoryGPU
    ),
    ("RuntimeError: CUDA error: device-side assert triggered", .deviceFailed),
    ("RuntimeError: operator torchvision::nms does not exist", .trainerBroken),
    (
      "RuntimeError: Detected that PyTorch and TorchAudio were compiled with different CUDA versions.",
      .trainerBroken
    ),
    ("OSError: You are trying to access a gated repo.", .hubGated),
    ("ModuleNotFoundError: No module named 'llamafactory'", .notInstalled),
    ("PermissionError: [Errno 13] Permission denied: '/work/out'", .permissionDenied),
    ("RuntimeError: DataLoader worker (pid 77) is killed by signal: Killed.", .outOfMemoryHost),
  ])
  func `the last word of a traceback tells`(_ words: String, _ reason: EndReason) {
    let prefix = words.hasPrefix("[rank3]: ") ? "[rank3]: " : ""
    let log = "\(prefix)Traceback (most recent call last):\n\(prefix)  File \"x.py\", line 1\n\(words)\n"
    #expect(read(.exited(1), log: log)?.reason == reason)
  }

  @Test func `what the user's data says is not what the trainer says`() {
    let log = """
      inputs:
      Traceback of a joke: CUDA out of memory
      No space left on device
      Traceback (most recent call last):
        File "loader.py", line 3
          raise ValueError("No space left on device")
      ValueError: Template nosuch does not exist.
      """
    #expect(read(.exited(1), log: log)?.reason == .badTemplate)
  }

  @Test func `a progress bar hides nothing`() {
    let log =
      "Traceback (most recent call last):\n"
      + "RuntimeError: [Errno 28] No space left on device\n 25%|## | 1/4\r 50%|### | 2/4\r"
    #expect(read(.exited(1), log: log)?.reason == .diskFull)
  }

  @Test func `a run that ended well failed in nothing`() {
    let metrics = [line(5, 10, loss: 1.2), line(10, 10, loss: 0.4), line(10, 10)]
    #expect(
      read(.exited(0)) {
        $0.metrics = metrics; $0.hasResults = true
      } == nil)
    #expect(read(.exited(0)) { $0.hasResults = true } == nil)
  }

  @Test func `a run whose loss became NaN diverged though it ended with 0`() {
    let evaluated = [line(5, 10, loss: 0), line(5, 10, diverged: true), line(10, 10)]
    #expect(
      read(.exited(0)) {
        $0.metrics = evaluated; $0.hasResults = true
      }?.reason == .diverged)
    let zeroes = [
      line(2, 4, loss: 6.1), line(3, 4, loss: 0), line(4, 4, loss: 0), line(4, 4, loss: 0), line(4, 4),
    ]
    #expect(
      read(.exited(0)) {
        $0.metrics = zeroes; $0.hasResults = true
      }?.reason == .diverged)
    let log = "{'loss': '0', 'grad_norm': 'nan', 'learning_rate': '1e-05', 'epoch': '1'}\n"
    #expect(read(.exited(0), log: log) { $0.hasResults = true }?.reason == .diverged)
  }

  @Test func `a run that recovered from a bad step did not diverge`() {
    let metrics = [
      line(1, 3, eval: nil, diverged: true), line(2, 3, loss: 1), line(3, 3, eval: 0.9), line(3, 3),
    ]
    #expect(
      read(.exited(0)) {
        $0.metrics = metrics; $0.hasResults = true
      } == nil)
    let log = "{'loss': '0', 'grad_norm': 'nan'}\n{'loss': '1.2', 'grad_norm': '3.1'}\n"
    #expect(read(.exited(0), log: log) { $0.hasResults = true } == nil)
  }

  @Test func `an end with 0 that made nothing is no success`() {
    #expect(read(.exited(0), log: "Usage: llamafactory-cli ...\n")?.reason == .unknown)
  }

  @Test func `who asked for the stop gets cancelled, whatever the exit`() {
    for ending in [.exited(0), .exited(1), .signalled(6), .signalled(9), .vanished, .rebooted]
      as [EndEvidence.Ending]
    {
      #expect(
        read(ending) {
          $0.stopped = true; $0.metrics = [line(3, 10, loss: 1)]
        }?.reason == .cancelled)
    }
    let log = "Traceback (most recent call last):\nKeyboardInterrupt\n"
    #expect(read(.exited(1), log: log) { $0.stopped = true }?.reason == .cancelled)
  }

  @Test func `a stop that came after the last step cancelled nothing`() {
    let metrics = [line(10, 10, loss: 0.4), line(10, 10)]
    #expect(
      read(.exited(0)) {
        $0.stopped = true; $0.metrics = metrics; $0.hasResults = true
      } == nil)
  }

  @Test func `a kill is laid at memory's door only on evidence`() throws {
    #expect(read(.signalled(9))?.reason == .killedBySignal)
    #expect(read(.signalled(9))?.detail == "Signal 9 (SIGKILL)")
    #expect(read(.signalled(9)) { $0.memoryKill = true }?.reason == .outOfMemoryHost)
    #expect(read(.exited(137)) { $0.memoryKill = true }?.reason == .outOfMemoryHost)
    #expect(read(.exited(137))?.reason == .killedBySignal)
    #expect(read(.signalled(24))?.reason == .timeLimit)
    #expect(read(.vanished)?.reason == .lost)
    #expect(read(.vanished) { $0.memoryKill = true }?.reason == .outOfMemoryHost)
    #expect(read(.rebooted)?.reason == .hostRebooted)
  }

  @Test(arguments: [
    ("[Errno 2] No such file or directory: 'llamafactory-cli'", EndReason.notInstalled),
    ("[Errno 13] Permission denied: '/opt/x'", .permissionDenied),
    ("[Errno 28] No space left on device", .diskFull),
    ("fork: Resource temporarily unavailable", .launchFailed), ("", .launchFailed),
  ])
  func `a launch that failed says why`(_ words: String, _ reason: EndReason) {
    #expect(read(.notLaunched(words))?.reason == reason)
  }

  @Test func `an unknown failure shows the trainer's own last word, made harmless`() throws {
    let log =
      "Traceback (most recent call last):\nweird.NovelError: \u{1B}[31m\(String(repeating: "x", count: 900))\n"
    let reading = try #require(read(.exited(1), log: log))
    #expect(reading.reason == .unknown)
    let detail = try #require(reading.detail)
    #expect(detail.hasPrefix("weird.NovelError"))
    #expect(detail.count <= 300)
    #expect(!detail.contains("\u{1B}"))
    #expect(read(.exited(1)) { $0.diskFree = 100 }?.reason == .diskFull)
    #expect(read(.exited(127))?.reason == .notInstalled)
  }

  @Test func `every reason has its words in both languages`() {
    for reason in EndReason.allCases {
      #expect(reason.message.hasSuffix("."))
      #expect(!reason.hint.isEmpty)
      #expect(reason.messageZh.hasSuffix("。"))
      #expect(reason.hintZh.hasSuffix("。"))
      #expect(reason.rawValue.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 })
    }
    #expect(Set(EndReason.allCases.map(\.message)).count == EndReason.allCases.count)
  }
}
