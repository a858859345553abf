import Domain

/// A place in the list of hosts: behind one of them.
package struct HostPlace: Sendable, Equatable {
  /// How many stand before the place.
  let position: Int
  /// The last of them.
  let id: HostID

  init(position: Int, id: HostID) {
    self.position = position
    self.id = id
  }

  /// From the `next` of an answer; nil for what is none.
  package init?(text: String) {
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2, let position = Int(halves[0]), position > 0, !halves[1].isEmpty else {
      return nil
    }
    self.init(position: position, id: HostID(rawValue: String(halves[1])))
  }

  package var text: String { "\(position):\(id.rawValue)" }

  /// Where the hosts behind it begin.
  ///
  /// Where the host has been removed, in its former place: what stood behind it
  /// moved up to there.
  func start(among hosts: [HostID]) -> Int {
    if let found = hosts.firstIndex(of: id) { return found + 1 }
    return min(position - 1, hosts.count)
  }
}
