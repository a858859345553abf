/// Takes an answer's body as it arrives, in curl's own buffer: nothing is copied, and no task is woken.
///
/// Every call comes on the loop of the transfer, one at a time.
package protocol BodyReceiver: AnyObject, Sendable {
  /// Takes bytes that are valid during the call only; it must not touch the transfer, nor begin another.
  ///
  /// False asks for a pause: what was on its way still comes, then nothing until `FetchBody.resume`.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
  /// What arrived together was received: the time to act on it.
  func settle()
  /// The body ended, or failed with a `FetchError`; called once, and nothing after it.
  func end(_ failure: (any Error)?)
}

extension FetchBody {
  /// Gives what has arrived to `receiver`, and from now on all that comes; `next` must not be called any more.
  package func pour(into receiver: any BodyReceiver) { transfer.pour(into: receiver) }

  /// Lets a paused receiver have more.
  ///
  /// From any thread.
  package func resume() { transfer.goOn() }

  /// The reader has all it wants: an answer that ends within `patience` leaves its connection fit to be used
  /// again, any other is given up.
  ///
  /// From any thread; nothing is received any more.
  package func letEnd(within patience: Duration) { transfer.letEnd(within: patience) }
}
