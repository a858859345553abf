@testable import CommandLineTool
import Contract
import Testing

/// How long rows are, in the terminal.
struct LengthTextTests {
  private func length(_ bins: [(Int, Int, Int)]) -> LengthReply {
    LengthReply(
      minimum: bins.first?.0 ?? 0, p50: 0, p90: 0, p99: 0, maximum: 0, total: 0,
      bins: bins.map { .init(from: $0.0, below: $0.1, rows: $0.2) })
  }

  @Test func `there is a bar for every doubling, also for one without rows`() {
    let bars = LengthText.bars(of: length([(10, 11, 3), (15, 16, 4), (40, 44, 5)]))
    #expect(bars.map(\.from) == [8, 16, 32])
    #expect(bars.map(\.below) == [16, 32, 64])
    #expect(bars.map(\.rows) == [7, 0, 5])
    #expect(LengthText.bars(of: length([])).isEmpty)
    #expect(LengthText.bars(of: length([(0, 2, 9)])).map(\.rows) == [9])
  }
}
