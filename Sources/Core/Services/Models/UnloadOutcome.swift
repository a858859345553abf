/// What became of a model that was to be unloaded.
package enum UnloadOutcome: Sendable, Equatable {
  case notLoaded
  case unloaded
  /// Nobody uses it any more, but its job still stands in the queue of a cluster that does not answer; it is ended when
  /// the cluster does, also after a restart.
  case jobLeft(host: String)

  /// For whoever asked for it.
  package var message: String {
    switch self {
    case .notLoaded: "The model was not loaded."
    case .unloaded: "The model was unloaded."
    case .jobLeft(let host):
      "The model was unloaded; its job on \(host), which does not answer, is ended as soon as it does."
    }
  }
}
