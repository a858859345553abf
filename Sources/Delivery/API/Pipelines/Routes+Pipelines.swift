import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Routes {
  /// Pipelines: steps that run one after the other.
  static let pipelines: [Endpoint] = [
    Endpoint(
      .get, PipelineSchema.path, "pipelineSchema", "The JSON schema of a pipeline's file", tag: "Pipelines",
      access: .open, answer: .bytes("application/schema+json"), action: Pipelines.schema),
    Endpoint(
      .post, "/api/pipelines/plan", "planPipeline",
      "What a pipeline would do and take, or everything that is wrong with it; runs nothing",
      tag: "Pipelines",
      body: .json(PipelineRequest.self), answer: .json(PipelinePlanReply.self),
      action: Pipelines.plan),
    Endpoint(
      .post, "/api/pipelines", "runPipeline", "Run a pipeline; Idempotency-Key makes a repeat harmless",
      tag: "Pipelines", body: .json(PipelineRequest.self), answer: .json(PipelineReply.self),
      errors: [.notFound, .forbidden], action: Pipelines.run),
    Endpoint(
      .get, "/api/pipelines", "listPipelines", "My runs of pipelines, newest first", tag: "Pipelines",
      query: [
        .init(name: "status", summary: "Only these, separated by commas", type: "string"),
        .init(name: "limit", summary: "1 to 1000, 100 without it", type: "integer"),
      ], answer: .json(PipelineListReply.self), errors: [.unprocessableContent], action: Pipelines.list),
    Endpoint(
      .get, "/api/pipelines/{pipeline_id}", "getPipeline", "A run of a pipeline, step by step",
      tag: "Pipelines", answer: .json(PipelineReply.self), errors: [.notFound], action: Pipelines.get),
    Endpoint(
      .post, "/api/pipelines/{pipeline_id}/cancel", "cancelPipeline",
      "End the step under way, and the run with it", tag: "Pipelines", answer: .json(PipelineReply.self),
      errors: [.notFound, .conflict], action: Pipelines.cancel),
    Endpoint(
      .post, "/api/pipelines/{pipeline_id}/resume", "resumePipeline",
      "Go on at the step that failed or was cancelled", tag: "Pipelines", answer: .json(PipelineReply.self),
      errors: [.notFound, .conflict], action: Pipelines.resume),
    Endpoint(
      .delete, "/api/pipelines/{pipeline_id}", "deletePipeline",
      "Delete an ended run; what it made stays", tag: "Pipelines", answer: .json(MessageReply.self),
      errors: [.notFound, .conflict], action: Pipelines.delete),
  ]
}
