import Testing

@testable import Domain

/// Lines as the trainer of version 0.9.5 wrote them.
@Suite struct TrainingLogLineTests {
  @Test func `a line of training gives every measure`() throws {
    let metric = try #require(
      TrainerLogLine.parse(
        #"{"current_steps": 10, "total_steps": 240, "loss": 6.150765228271484, "lr": 0.0027, "#
          + #""epoch": 1.6666666666666665, "percentage": 4.17, "elapsed_time": "0:00:00", "remaining_time": "0:00:21"}"#
          + "\n"))
    #expect(metric.step == 10)
    #expect(metric.totalSteps == 240)
    #expect(metric.loss == 6.150765228271484)
    #expect(metric.learningRate == 0.0027)
    #expect(metric.epoch == 1.6666666666666665)
    #expect(metric.percentage == 4.17)
    #expect(metric.elapsed == 0)
    #expect(metric.remaining == 21)
    #expect(metric.evalLoss == nil)
    #expect(!metric.isDiverged)
    #expect(metric.isTraining)
  }

  @Test func `the last line has neither loss nor learning rate`() throws {
    let metric = try #require(
      TrainerLogLine.parse(
        #"{"current_steps": 240, "total_steps": 240, "epoch": 40.0, "percentage": 100.0, "#
          + #""elapsed_time": "0:00:11", "remaining_time": "0:00:00"}"#))
    #expect(metric.loss == nil)
    #expect(metric.learningRate == nil)
    #expect(metric.elapsed == 11)
    #expect(!metric.isTraining)
  }

  @Test func `a NaN does not lose the line, and is told`() throws {
    let metric = try #require(
      TrainerLogLine.parse(
        #"{"current_steps": 5, "total_steps": 20, "eval_loss": NaN, "epoch": 1.0, "percentage": 25.0}"#))
    #expect(metric.isDiverged)
    #expect(metric.evalLoss == nil)
    #expect(metric.step == 5)
    #expect(metric.epoch == 1)
  }

  @Test(arguments: ["Infinity", "-Infinity", "1e999"])
  func `an infinite loss is told as well`(_ word: String) throws {
    let metric = try #require(
      TrainerLogLine.parse(#"{"current_steps": 1, "total_steps": 2, "loss": \#(word)}"#))
    #expect(metric.isDiverged)
    #expect(metric.loss == nil)
  }

  @Test func `measures of preference training, tokens and memory are read`() throws {
    let metric = try #require(
      TrainerLogLine.parse(
        #"{"current_steps": 1, "total_steps": 2, "loss": 0.69, "accuracy": 0.5, "reward": -0.25, "lr": 5e-05, "#
          + #""throughput": 131.07, "total_tokens": 7680, "vram_allocated": 1.5, "vram_reserved": 2.25}"#))
    #expect(metric.accuracy == 0.5)
    #expect(metric.reward == -0.25)
    #expect(metric.learningRate == 5e-05)
    #expect(metric.throughput == 131.07)
    #expect(metric.totalTokens == 7680)
    #expect(metric.gpuMemoryAllocated == 1.5)
    #expect(metric.gpuMemoryReserved == 2.25)
  }

  @Test func `unknown keys of any shape are passed over`() throws {
    let metric = try #require(
      TrainerLogLine.parse(
        #"{"extra": {"a": [1, NaN, "}"], "b": null}, "current_steps": 3, "flag": true, "total_steps": 4}"#))
    #expect(metric.step == 3)
    #expect(metric.totalSteps == 4)
  }

  @Test(arguments: [
    "", "{", "{}", "[]", "null", #"{"current_steps": 1"#, #"{"current_steps": 1,}"#, #"{"total_steps": 1}"#,
    #"{"current_steps": 1} x"#, #"{"current_steps": "1"}"#, #"{"current_steps": 0x10}"#,
    #"{"current_steps": -4, "total_steps": 2}"#, #"{"a": "unfinished"#, #"{"a\"#,
  ])
  func `what is not a whole line of the log is nil`(_ line: String) {
    #expect(TrainerLogLine.parse(line) == nil)
  }

  @Test func `deep nesting and long lines end the reading, not the program`() {
    let deep = #"{"current_steps": 1, "x": "# + String(repeating: "[", count: 20_000)
    #expect(TrainerLogLine.parse(deep) == nil)
    #expect(TrainerLogLine.parse(String(repeating: " ", count: 100_000)) == nil)
  }

  @Test(arguments: [
    ("0:00:21", 21.0), ("1:01:05", 3665), ("1 day, 2:03:04", 93784), ("12 days, 0:00:00", 1_036_800),
    ("0:00:00.500000", 0.5), ("-1 day, 23:59:59", -1),
  ])
  func `durations of Python are read`(_ text: String, _ seconds: Double) {
    #expect(TrainerLogLine.seconds(ofDuration: text) == seconds)
  }

  @Test(arguments: [
    "", "21", "0:21", "0:61:00", "1 week, 0:00:00", "x:00:00", "999999999999999999 days, 0:00:00",
  ])
  func `what is no duration is nil`(_ text: String) {
    #expect(TrainerLogLine.seconds(ofDuration: text) == nil)
  }
}
