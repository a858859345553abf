import Contract
import HTTPServing
import HTTPWire

extension Routes {
  /// What is kept of models in the server's store.
  static let modelArchives: [Endpoint] = [
    Endpoint(
      .get, "/api/files/models/{model_id}/archive", "modelArchive",
      "What is kept of a model in the server's store", tag: "Models",
      answer: .json(ModelArchiveReply.self), errors: [.notFound], action: ModelArchiveActions.get),
    Endpoint(
      .post, "/api/files/models/{model_id}/archive", "archiveModel",
      "Copy a model's files into the server's store; unchanged ones are not copied again", tag: "Models",
      answer: .events(ArchiveEvent.self),
      errors: [.forbidden, .notFound, .conflict, .badGateway, .serviceUnavailable],
      action: ModelArchiveActions.archive),
    Endpoint(
      .delete, "/api/files/models/{model_id}/archive", "removeModelArchive",
      "Remove a model's archive, and stop one that is being made", tag: "Models",
      answer: .json(DeletedModelReply.self), errors: [.notFound], action: ModelArchiveActions.remove),
    Endpoint(
      .post, "/api/files/models/{model_id}/restore", "restoreModel",
      "Make a new model on a host of a model's archive", tag: "Models",
      body: .json(RestoreModelRequest.self), answer: .events(RestoreEvent.self),
      errors: [.forbidden, .notFound, .conflict, .badGateway, .serviceUnavailable],
      action: ModelArchiveActions.restore),
    Endpoint(
      .delete, "/api/files/models/{model_id}/restore", "stopRestore",
      "Stop a restore of mine; nothing of it stays", tag: "Models", answer: .json(MessageReply.self),
      errors: [.notFound, .conflict], action: ModelArchiveActions.stopRestore),
  ]
}
