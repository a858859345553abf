import Contract
import HTTPServing
import HTTPWire

extension Routes {
  /// OpenAI's API and what of it was used; errors below /v1 have OpenAI's shape.
  static let gateway: [Endpoint] = [
    Endpoint(
      .post, "/v1/chat/completions", "openAIChat",
      "OpenAI's chat completions, relayed; streamed or whole", tag: "OpenAI",
      body: .json(RelayChatRequest.self),
      answer: .jsonOrEvents(OpenAIChatReply.self, OpenAIChatReply.self), errors: upstream,
      bodyLimit: Gateway.bodyLimit, action: Gateway.chat),
    Endpoint(
      .post, "/v1/completions", "openAICompletion", "OpenAI's completions, relayed; streamed or whole",
      tag: "OpenAI", body: .json(RelayCompletionRequest.self),
      answer: .jsonOrEvents(JSONValue.self, JSONValue.self), errors: upstream, bodyLimit: Gateway.bodyLimit,
      action: Gateway.completions),
    Endpoint(
      .post, "/v1/embeddings", "openAIEmbeddings", "OpenAI's embeddings, relayed", tag: "OpenAI",
      body: .json(RelayEmbeddingRequest.self), answer: .json(JSONValue.self), errors: upstream,
      bodyLimit: Gateway.bodyLimit, action: Gateway.embeddings),
    Endpoint(
      .get, "/v1/models", "openAIModels", "The models that can be named below /v1", tag: "OpenAI",
      answer: .json(OpenAIModelList.self), action: Gateway.models),
    Endpoint(
      .get, "/v1/models/{name*}", "openAIModel", "One of them; a slash in its name is sent as %2F",
      tag: "OpenAI", answer: .json(OpenAIModelList.Model.self), errors: [.notFound], action: Gateway.model),
    Endpoint(
      .get, "/api/usage", "usage", "Requests and tokens by day, model and key", tag: "OpenAI",
      query: [
        .init(name: "days", summary: "How many days back, 30 without it", type: "integer"),
        .init(name: "user", summary: "all: of everyone, for administrators", type: "string"),
      ],
      answer: .json(UsageReply.self), errors: [.forbidden, .unprocessableContent], action: Gateway.usage),
  ]

  private static let upstream: [HTTPStatus] = [
    .notFound, .tooManyRequests, .badGateway, .serviceUnavailable, .gatewayTimeout,
  ]
}
