import Domain
import Testing

/// How long a training takes, by those that were seen.
struct TrainingTimeTests {
  private static func seen(
    _ seconds: Double, _ steps: Int = 100, rows: Int = 4, tokens: Double? = 1000
  ) -> TrainingTime.Seen {
    TrainingTime.Seen(seconds: seconds, steps: steps, rowsPerStep: rows, tokensPerStep: tokens)
  }

  private static func time(
    _ seen: [TrainingTime.Seen], steps: Int = 200, tokens: Int64? = 200_000
  ) -> TrainingTime? { TrainingTime(steps: steps, rowsPerStep: 4, tokens: tokens, seen: seen) }

  @Test func `without a training like it nothing is told`() {
    #expect(Self.time([]) == nil)
    #expect(Self.time([Self.seen(0)]) == nil)
    #expect(Self.time([Self.seen(60, 0)]) == nil)
    // Another size of a step, and no tokens to compare it by.
    #expect(Self.time([Self.seen(60, rows: 1, tokens: nil)]) == nil)
    #expect(Self.time([Self.seen(60, rows: 1)], tokens: nil) == nil)
  }

  @Test func `the same data twice takes twice as long, and longer rows take longer`() {
    let one = Self.time([Self.seen(100)])
    #expect(one?.seconds == 200 && one?.shortest == 200 && one?.longest == 200 && one?.trainings == 1)
    #expect(Self.time([Self.seen(100)], tokens: 600_000)?.seconds == 600)
    #expect(Self.time([Self.seen(100, tokens: nil)], steps: 300)?.seconds == 300)
    #expect(Self.time([Self.seen(100)], steps: 300, tokens: nil)?.seconds == 300)
  }

  @Test func `the middle one is told, with the quickest and the slowest`() {
    let time = Self.time([Self.seen(300), Self.seen(100), Self.seen(120)])
    #expect(time?.seconds == 240 && time?.shortest == 200 && time?.longest == 600 && time?.trainings == 3)
    #expect(Self.time([Self.seen(100), Self.seen(200)])?.seconds == 300)
  }

  @Test func `trainings with as many rows in a step come before others`() {
    let time = Self.time([Self.seen(900, rows: 1), Self.seen(100), Self.seen(1, rows: 64)])
    #expect(time?.seconds == 200 && time?.trainings == 1)
    #expect(Self.time([Self.seen(900, rows: 1)])?.seconds == 1800)
  }
}
