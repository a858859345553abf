import Synchronization

/// Bytes on their way from one producer to one consumer, with a bound on how many may wait between them.
///
/// The producer `push`es and stops when told to; `onDrain` tells it to go on. The consumer iterates. A
/// consumer whose task is cancelled ends the stream with `CancellationError`; `onEnd` tells the producer of
/// it.
///
/// | state | `push` | `next` |
/// |---|---|---|
/// | open | true below the high mark, else false (paused) | all that waits, or waits itself |
/// | finished | dropped, returns true | what is left, then nil or the error |
package final class ByteStream: AsyncSequence, Sendable {
  package typealias Element = [UInt8]

  private struct State {
    var chunks: [[UInt8]] = []
    var buffered = 0
    var isPaused = false
    var isFinished = false
    var failure: (any Error)?
    var waiter: CheckedContinuation<Void, Never>?
    var wasAskedFor = false
    var onDrain: (@Sendable () -> Void)?
    var onFirstWait: (@Sendable () -> Void)?
    var onEnd: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let highMark: Int

  /// Makes a stream that asks its producer to pause at `highMark` waiting bytes, and to go on when they are read.
  package init(highMark: Int = 256 * 1024) {
    self.highMark = highMark
  }

  // MARK: The producer's side

  /// Sets what the stream tells its producer.
  ///
  /// Callbacks run on the consumer's thread, outside the stream's lock.
  ///
  /// `onDrain`: a paused stream has room again. `onFirstWait`: the consumer waits for the first time with
  /// nothing there to give it. `onEnd`: the consumer is gone (cancelled), nothing pushed from now on is read.
  package func setCallbacks(
    onDrain: (@Sendable () -> Void)? = nil, onFirstWait: (@Sendable () -> Void)? = nil,
    onEnd: (@Sendable () -> Void)? = nil
  ) {
    state.withLock { state in
      state.onDrain = onDrain
      state.onFirstWait = onFirstWait
      state.onEnd = onEnd
    }
  }

  /// Adds a chunk.
  ///
  /// False means "paused": push no more until `onDrain`.
  @discardableResult
  package func push(_ chunk: [UInt8]) -> Bool {
    if chunk.isEmpty { return true }
    let (waiter, mayGoOn) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
      if state.isFinished { return (nil, true) }
      state.chunks.append(chunk)
      state.buffered += chunk.count
      state.isPaused = state.buffered >= highMark
      defer { state.waiter = nil }
      return (state.waiter, !state.isPaused)
    }
    // It takes what is there when it runs: on a busy thread, more than this chunk.
    waiter?.resume()
    return mayGoOn
  }

  /// Whether the producer must pause now, before it pushes anything; `onDrain` follows when it must.
  package func pauseIfFull() -> Bool {
    state.withLock { state in
      if !state.isFinished && state.buffered >= highMark { state.isPaused = true }
      return state.isPaused
    }
  }

  /// Ends the stream: the consumer gets what is buffered, then nil or `error`.
  ///
  /// Later calls do nothing.
  package func finish(throwing error: (any Error)? = nil) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.isFinished { return nil }
      state.isFinished = true
      state.failure = error
      state.isPaused = false
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  // MARK: The consumer's side

  /// All that was pushed and not read yet, or nil at the end.
  ///
  /// One consumer at a time.
  package func next() async throws -> [UInt8]? {
    while true {
      let (step, callback) = state.withLock { state -> (Step, (@Sendable () -> Void)?) in
        let (step, callback) = take(&state)
        if case .wait = step, !state.wasAskedFor {
          state.wasAskedFor = true
          return (step, state.onFirstWait)
        }
        return (step, callback)
      }
      callback?()
      switch step {
      case .chunk(let chunk): return chunk
      case .end(let failure?): throw failure
      case .end(nil): return nil
      case .wait: break
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isThere = state.withLock { state in
            if !state.chunks.isEmpty || state.isFinished { return true }
            state.waiter = continuation
            return false
          }
          if isThere { continuation.resume() }
        }
      } onCancel: {
        abandon()
      }
    }
  }

  /// What waits now, without waiting for more: for a consumer that goes on without the stream.
  ///
  /// The producer is not told that there is room.
  package func takeAll() -> [UInt8] {
    state.withLock { state in
      guard case .chunk(let all) = take(&state).0 else { return [] }
      return all
    }
  }

  /// Ends the stream from the consumer's side; what waits in it is dropped and the producer is told.
  package func abandon() {
    finish(throwing: CancellationError())
    let onEnd = state.withLock { state -> (@Sendable () -> Void)? in
      state.chunks = []
      state.buffered = 0
      defer { state.onEnd = nil }
      return state.onEnd
    }
    onEnd?()
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let stream: ByteStream

    package func next() async throws -> [UInt8]? { try await stream.next() }
  }

  private enum Step {
    case chunk([UInt8])
    case end((any Error)?)
    case wait
  }

  /// Piece by piece: a joined sequence would be copied byte by byte.
  private static func joined(_ chunks: [[UInt8]], _ count: Int) -> [UInt8] {
    var all: [UInt8] = []
    all.reserveCapacity(count)
    for chunk in chunks { all += chunk }
    return all
  }

  private func take(_ state: inout State) -> (Step, (@Sendable () -> Void)?) {
    guard let first = state.chunks.first else {
      return (state.isFinished ? .end(state.failure) : .wait, nil)
    }
    let all = state.chunks.count == 1 ? first : Self.joined(state.chunks, state.buffered)
    state.chunks.removeAll(keepingCapacity: state.chunks.capacity <= 4)
    state.buffered = 0
    guard state.isPaused else { return (.chunk(all), nil) }
    state.isPaused = false
    return (.chunk(all), state.onDrain)
  }
}
