package import Domain
import Synchronization

/// Hears what was committed, as far as its user may see it.
///
/// Called on whatever thread published, one call at a time and in order: it must not wait.
package protocol EventListener: AnyObject, Sendable {
  func hear(_ event: CommittedEvent)
  /// Nothing more comes: the server ends.
  func finished()
  /// Something was missed: only the store still knows it.
  func lost()
}

/// An event on its way to all who may hear it.
package final class CommittedEvent: Sendable {
  package let record: EventRecord
  private let written = Mutex<[UInt8]?>(nil)

  package init(_ record: EventRecord) { self.record = record }

  /// The event as it is sent, put into words once for all who hear it.
  package func bytes(_ write: (EventRecord) throws -> [UInt8]) rethrows -> [UInt8] {
    if let bytes = written.withLock({ $0 }) { return bytes }
    let bytes = try write(record)
    written.withLock { $0 = bytes }
    return bytes
  }
}
