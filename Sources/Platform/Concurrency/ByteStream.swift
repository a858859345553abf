import Synchronization

/// Bytes on their way from one producer to one consumer, with a bound on how many may wait between them.
///
/// The producer `push`es and stops when told to; `onDrain` tells it to go on. The consumer iterates. A
/// consumer whose task is cancelled ends the stream with `CancellationError`; `onEnd` tells the producer of
/// it.
///
/// | state | `push` | `next` |
/// |---|---|---|
/// | open | true below the high mark, else false (paused) | the next chunk, or waits |
/// | finished | dropped, returns true | what is left, then nil or the error |
package final class ByteStream: AsyncSequence, Sendable {
  package typealias Element = [UInt8]

  private struct State {
    var chunks: [[UInt8]] = []
    var head = 0
    var buffered = 0
    var isPaused = false
    var isFinished = false
    var failure: (any Error)?
    var waiter: CheckedContinuation<[UInt8]?, any Error>?
    var wasAskedFor = false
    var onDrain: (@Sendable () -> Void)?
    var onFirstWait: (@Sendable () -> Void)?
    var onEnd: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let highMark: Int
  private let lowMark: Int

  /// Makes a stream that asks its producer to pause at `highMark` waiting bytes, and to go on at a quarter of
  /// it.
  package init(highMark: Int = 256 * 1024) {
    self.highMark = highMark
    lowMark = highMark / 4
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
    let (waiter, mayGoOn) = state.withLock {
      state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
      if state.isFinished { return (nil, true) }
      if let waiter = state.waiter {
        state.waiter = nil
        return (waiter, true)
      }
      state.chunks.append(chunk)
      state.buffered += chunk.count
      state.isPaused = state.buffered >= highMark
      return (nil, !state.isPaused)
    }
    waiter?.resume(returning: chunk)
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
    let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      if state.isFinished { return nil }
      state.isFinished = true
      state.failure = error
      state.isPaused = false
      defer { state.waiter = nil }
      return state.waiter
    }
    if let error { waiter?.resume(throwing: error) } else { waiter?.resume(returning: nil) }
  }

  // MARK: The consumer's side

  /// The next chunk, or nil at the end.
  ///
  /// One consumer at a time.
  package func next() async throws -> [UInt8]? {
    let (early, callback) = state.withLock { state -> (Step, (@Sendable () -> Void)?) in
      let (step, callback) = take(&state)
      if case .wait = step, !state.wasAskedFor {
        state.wasAskedFor = true
        return (step, state.onFirstWait)
      }
      return (step, callback)
    }
    callback?()
    switch early {
    case .chunk(let chunk): return chunk
    case .end(let failure):
      if let failure { throw failure }
      return nil
    case .wait: break
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (step, callback) = state.withLock { state -> (Step, (@Sendable () -> Void)?) in
          let (step, callback) = take(&state)
          if case .wait = step { state.waiter = continuation }
          return (step, callback)
        }
        callback?()
        switch step {
        case .chunk(let chunk): continuation.resume(returning: chunk)
        case .end(let failure?): continuation.resume(throwing: failure)
        case .end(nil): continuation.resume(returning: nil)
        case .wait: break
        }
      }
    } onCancel: {
      abandon()
    }
  }

  /// Ends the stream from the consumer's side; what waits in it is dropped and the producer is told.
  package func abandon() {
    finish(throwing: CancellationError())
    let onEnd = state.withLock { state -> (@Sendable () -> Void)? in
      state.chunks = []
      state.head = 0
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

  private func take(_ state: inout State) -> (Step, (@Sendable () -> Void)?) {
    guard state.head < state.chunks.count else {
      return (state.isFinished ? .end(state.failure) : .wait, nil)
    }
    let chunk = state.chunks[state.head]
    state.chunks[state.head] = []
    state.head += 1
    state.buffered -= chunk.count
    if state.head == state.chunks.count {
      state.chunks.removeAll(keepingCapacity: true)
      state.head = 0
    }
    guard state.isPaused && state.buffered <= lowMark else { return (.chunk(chunk), nil) }
    state.isPaused = false
    return (.chunk(chunk), state.onDrain)
  }
}
