import Domain
import Testing

struct GPUSamplingTests {
  @Test func `an attempt of any length has a bounded record`() {
    for hours in [0, 1, 2, 9, 100, 10_000] {
      let elapsed = hours * 3_600
      let step = GPUSampling.step(after: elapsed)
      #expect(elapsed / step < GPUSampling.mostMoments)
      // And no fewer than half of them, once there is something to thin out.
      #expect(hours == 0 || elapsed / step >= GPUSampling.mostMoments / 2)
    }
  }

  @Test func `a step is the first one, doubled: what was kept before lies on it`() {
    #expect(GPUSampling.step(after: 0) == 5)
    #expect(GPUSampling.step(after: 3_599) == 5)
    #expect(GPUSampling.step(after: 3_600) == 10)
    #expect(GPUSampling.step(after: 7_200) == 20)
  }
}
