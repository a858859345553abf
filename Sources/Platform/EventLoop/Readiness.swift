import CSystem

/// What a file descriptor is ready for, or what a handler wants to hear of.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Something can be read, or the end was reached.
  package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
  /// Something can be written.
  package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
  /// The other side closed its sending half.
  package static let peerClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
  /// An error is pending.
  ///
  /// Always reported, asked for or not.
  package static let failed = Readiness(rawValue: EPOLLERR.rawValue)
  /// Both directions are closed.
  ///
  /// Always reported, asked for or not.
  package static let hungUp = Readiness(rawValue: EPOLLHUP.rawValue)
  /// Ask to hear of changes only, not of states.
  ///
  /// The handler must then read or write until it would block.
  package static let edgeTriggered = Readiness(rawValue: EPOLLET.rawValue)

  /// `failed` or `hungUp`.
  ///
  /// Asked of every event, and so not by making a set of the two.
  package var isBroken: Bool { rawValue & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 }
  /// `readable` or `peerClosed`.
  package var tellsOfInput: Bool { rawValue & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 }
}

/// Hears when a file descriptor becomes ready.
///
/// Called on the loop's thread only, and never after `remove`.
package protocol ReadinessHandler: AnyObject {
  func ready(_ readiness: Readiness)
}
