/// How far a model is on its way to be loaded.
package struct LoadProgress: Sendable, Equatable {
  package let phase: ModelLoad.Phase
  /// Since the phase `waiting` was left; while it lasts, since it began.
  package let seconds: Double
  /// What earlier loads of the model took; nil for the first one.
  package let expectedSeconds: Double?
  /// Its place in a cluster's queue, while it stands there.
  package let queue: QueueWait?

  /// 0 to 1, and 1 only when it is ready; nil where nothing is known to compare with.
  package var fraction: Double? {
    if phase == .ready { return 1 }
    if phase == .waiting { return 0 }
    guard let expectedSeconds, expectedSeconds > 0 else { return nil }
    return min(0.99, max(0, seconds / expectedSeconds))
  }
}

/// One load of a model, from the wish for it to its end.
///
/// | phase | meaning |
/// |---|---|
/// | waiting | others hold the room it needs, or its job stands in a cluster's queue |
/// | starting | its server is started |
/// | weights | the weights are read |
/// | preparing | the last steps before it answers |
/// | ready, failed, cancelled | it is over |
package struct ModelLoad: Sendable, Equatable {
  package enum Phase: String, Sendable, CaseIterable {
    case waiting, starting, weights, preparing, ready, failed, cancelled

    package var isOver: Bool { self == .ready || self == .failed || self == .cancelled }
  }

  package enum Event: Sendable, Equatable {
    /// Its job waits in a cluster.
    case queued(QueueWait)
    /// There is room; `expected` is what earlier loads took.
    case admitted(expected: Double?)
    /// What the server's log tells of.
    case logged(Phase)
    case answered
    case failed
    case cancelled
    /// Time went by.
    case passed
  }

  package enum Action: Sendable, Equatable {
    case tell(LoadProgress)
    /// How long it took, for the next one's expectation.
    case remember(seconds: Double)
  }

  /// Seconds between two tellings of the same phase.
  package static let pace = 5.0

  package private(set) var phase = Phase.waiting
  private var began: Timestamp
  private var told: Timestamp
  private var expected: Double?
  private var queue: QueueWait?

  package init(at now: Timestamp) {
    began = now
    told = now
  }

  package func progress(at now: Timestamp) -> LoadProgress {
    LoadProgress(
      phase: phase, seconds: max(0, now.seconds(since: began)), expectedSeconds: expected, queue: queue)
  }

  /// Takes what happened; a load that is over, or is past a phase, stays where it is.
  package mutating func apply(_ event: Event, at now: Timestamp) -> [Action] {
    guard !phase.isOver else { return [] }
    switch event {
    case .queued(let wait):
      guard phase == .waiting else { return [] }
      let isNews = queue?.reason != wait.reason || queue?.clusterReason != wait.clusterReason
      queue = wait
      return isNews ? move(to: .waiting, at: now) : pass(now)
    case .admitted(let expected):
      guard phase == .waiting else { return [] }
      began = now
      queue = nil
      self.expected = expected
      return move(to: .starting, at: now)
    case .logged(let next):
      guard phase != .waiting, !next.isOver, Self.order(next) > Self.order(phase) else { return pass(now) }
      return move(to: next, at: now)
    case .answered:
      guard phase != .waiting else { return [] }
      return move(to: .ready, at: now) + [.remember(seconds: max(0, now.seconds(since: began)))]
    case .failed: return move(to: .failed, at: now)
    case .cancelled: return move(to: .cancelled, at: now)
    case .passed: return pass(now)
    }
  }

  private mutating func pass(_ now: Timestamp) -> [Action] {
    now.seconds(since: told) >= Self.pace ? move(to: phase, at: now) : []
  }

  private mutating func move(to next: Phase, at now: Timestamp) -> [Action] {
    phase = next
    told = now
    return [.tell(progress(at: now))]
  }

  private static func order(_ phase: Phase) -> Int { Phase.allCases.firstIndex(of: phase) ?? 0 }
}

/// A load that failed, or the end of a model that was loaded: it is not tried again at once, however many ask.
package struct LoadFailure: Sendable {
  package let error: DomainError
  package let at: Timestamp
  /// Failures in a row.
  package let count: Int
  /// It was loaded well, and what ended it later says nothing of the next time: the next question may load it at once.
  private let mayLoadAtOnce: Bool

  package init(
    _ error: DomainError, at: Timestamp, after earlier: LoadFailure?, mayLoadAtOnce: Bool = false
  ) {
    self.mayLoadAtOnce = mayLoadAtOnce
    self.error = error
    self.at = at
    count = (earlier?.count ?? 0) + 1
  }

  /// Seconds in which nobody's question tries again: 3, 6, 12 … 60.
  package var rest: Double { min(60, 3 * Double(1 << min(count - 1, 5))) }

  /// What happened, and what can be done.
  package var sentence: String { error.message + (error.hint.map { " " + $0 } ?? "") }

  package func rests(at now: Timestamp) -> Bool { !mayLoadAtOnce && now.seconds(since: at) < rest }
}
