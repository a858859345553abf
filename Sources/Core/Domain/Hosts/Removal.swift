/// A file or folder that is to be removed on a host as soon as it can be reached.
package struct Removal: Sendable, Hashable {
  package let hostID: HostID
  /// Below the host's user data folder.
  package let path: String

  package init(hostID: HostID, path: String) {
    self.hostID = hostID
    self.path = path
  }
}
