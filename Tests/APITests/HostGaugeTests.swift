import Domain
import Services
import Testing

/// Many ask for the same host's load at once: its tasks, and everybody who looks at the list of hosts.
struct HostGaugeTests {
  @Test func `what a host said a moment ago is not asked for again`() async throws {
    let host = RecordingHost(id: "gpu1", root: "/data")
    let gauge = HostGauge(
      fleet: RecordingFleet([host], root: "/data"), clock: WallClock { Timestamp(milliseconds: 0) })
    let first = try await gauge.measurement(of: host, within: .seconds(3600))
    host.setGPUs(2)
    for _ in 0..<10 {
      #expect(try await gauge.measurement(of: host, within: .seconds(3600)) == first)
    }
    #expect(host.measured == 1)
    // Who wants it as it is now, gets it, and so does everyone after.
    #expect(try await gauge.measurement(of: host, within: .zero).gpus.count == 2)
    #expect(try await gauge.measurement(of: host, within: .seconds(3600)).gpus.count == 2)
    #expect(host.measured == 2)
  }

  @Test func `hosts are not taken for one another, and one that does not answer says why`() async throws {
    let (one, two) = (RecordingHost(id: "one", root: "/data"), RecordingHost(id: "two", root: "/data"))
    two.setGPUs(4)
    let gauge = HostGauge(
      fleet: RecordingFleet([one, two], root: "/data"), clock: WallClock { Timestamp(milliseconds: 0) })
    #expect(try await gauge.measurement(of: one, within: .seconds(3600)).gpus == [])
    #expect(try await gauge.measurement(of: two, within: .seconds(3600)).gpus.count == 4)
    two.setReachable(false)
    let failure = await #expect(throws: DomainError.self) {
      try await gauge.measurement(of: two, within: .zero)
    }
    #expect(failure?.code == .hostUnreachable)
    #expect((one.measured, two.measured) == (1, 1))
  }
}
