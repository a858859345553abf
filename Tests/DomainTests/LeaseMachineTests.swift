import Domain
import Testing

struct LeaseMachineTests {
  @Test func `a lease is asked for again and again until it is given, then prolonged before its end`() {
    var machine = LeaseMachine()
    #expect(machine.next(at: 0) == .acquire)
    machine.note(.refused)
    #expect(machine.next(at: 5) == .sleep(500))
    #expect(machine.deadline == nil)
    #expect(machine.next(at: 505) == .acquire)
    machine.note(.granted(token: 7, asked: 505))
    // Counted from the question: the answer may have come late.
    #expect(machine.deadline == 8_505)
    #expect(machine.next(at: 1_505) == .sleep(1_500))
    #expect(machine.next(at: 3_005) == .renew(token: 7, within: 5_500))
    machine.note(.renewed(asked: 3_005))
    #expect(machine.deadline == 11_005)
    #expect(machine.next(at: 3_100) == .sleep(2_405))
  }

  @Test func `a server that another has taken over from stops at once and for good`() {
    var machine = LeaseMachine()
    machine.note(.granted(token: 1, asked: 0))
    #expect(machine.next(at: 2_500) == .renew(token: 1, within: 5_500))
    machine.note(.refused)
    #expect(machine.next(at: 2_501) == .stop)
    machine.note(.granted(token: 9, asked: 2_600))
    #expect(machine.next(at: 2_700) == .stop)
    #expect(machine.deadline == nil)
  }

  @Test func `a server that cannot reach the database stops before anybody else may begin`() {
    var machine = LeaseMachine()
    machine.note(.granted(token: 1, asked: 0))
    var now: Int64 = 2_500
    var tries = 0
    while case .renew = machine.next(at: now) {
      tries += 1
      machine.note(.failed)
      guard case .sleep(let pause) = machine.next(at: now) else { break }
      now += pause
    }
    #expect(tries == 11)
    #expect(now == 8_000)
    #expect(machine.state == .over)
  }

  @Test func `a machine that slept past its lease does not act on it`() {
    var machine = LeaseMachine()
    machine.note(.granted(token: 1, asked: 0))
    #expect(machine.next(at: 8_000) == .stop)
    machine.note(.renewed(asked: 8_000))
    #expect(machine.next(at: 8_001) == .stop)
  }

  @Test func `an answer that overtakes a later one does not shorten the lease`() {
    var machine = LeaseMachine()
    machine.note(.granted(token: 1, asked: 100))
    machine.note(.renewed(asked: 50))
    #expect(machine.deadline == 8_100)
  }
}
