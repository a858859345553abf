/// When a server asks for a lease, prolongs it, and stops to act on it.
///
/// | state | event | becomes | what to do |
/// |---|---|---|---|
/// | waiting | granted | held | begin to act |
/// | waiting | refused, failed | waiting | ask again in a moment |
/// | held | renewed | held | go on |
/// | held | refused: another has it | over | stop to act |
/// | held | failed: nobody knows | held | try again; stop to act before others may have it |
/// | over | anything | over | nothing: a server that lost it begins anew, under another name |
///
/// Times are milliseconds of a clock that never goes back, and that goes on while the machine sleeps.
package struct LeaseMachine: Sendable, Equatable {
  /// How long a lease is asked for, and when within it.
  package struct Terms: Sendable, Equatable {
    package var length: Int64 = 10_000
    /// After the last renewal.
    package var renewal: Int64 = 2_500
    /// Before the end: what is under way then has as long to come to nothing.
    package var margin: Int64 = 2_000
    /// Between two tries.
    package var pause: Int64 = 500

    package init() {}
  }

  package enum State: Sendable, Equatable {
    case waiting
    /// - Parameter since: when it was asked for, which is before it was given.
    case held(token: Int64, since: Int64)
    case over
  }

  package enum Event: Sendable, Equatable {
    /// - Parameter asked: when the question was sent.
    case granted(token: Int64, asked: Int64)
    case renewed(asked: Int64)
    case refused
    /// The database did not answer.
    case failed
  }

  package enum Action: Sendable, Equatable {
    case acquire
    /// - Parameter within: how long an answer is worth waiting for.
    case renew(token: Int64, within: Int64)
    case sleep(Int64)
    case stop
  }

  package private(set) var state = State.waiting
  private let terms: Terms
  private var wasRefused = false

  package init(_ terms: Terms = Terms()) { self.terms = terms }

  /// When to have stopped to act; nil where nothing is held.
  package var deadline: Int64? {
    if case .held(_, let since) = state { since + terms.length - terms.margin } else { nil }
  }

  package mutating func note(_ event: Event) {
    switch (state, event) {
    case (.waiting, .granted(let token, let asked)): state = .held(token: token, since: asked)
    case (.held(let token, let since), .renewed(let asked)):
      state = .held(token: token, since: max(since, asked))
    case (.held, .refused): state = .over
    case (.waiting, .refused), (.waiting, .failed), (.held, .failed): wasRefused = true
    case (.waiting, .renewed), (.held, .granted), (.over, _): break
    }
  }

  /// What to do now, until the next call.
  package mutating func next(at now: Int64) -> Action {
    defer { wasRefused = false }
    switch state {
    case .over: return .stop
    case .waiting: return wasRefused ? .sleep(terms.pause) : .acquire
    case .held(let token, let since):
      let left = since + terms.length - terms.margin - now
      if left <= 0 {
        state = .over
        return .stop
      }
      if wasRefused { return .sleep(min(left, terms.pause)) }
      let untilRenewal = since + terms.renewal - now
      return untilRenewal > 0 ? .sleep(min(left, untilRenewal)) : .renew(token: token, within: left)
    }
  }
}
