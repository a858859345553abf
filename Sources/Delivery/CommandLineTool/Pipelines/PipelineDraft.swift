import Contract
import FoundationEssentials

/// A pipeline that a model writes from a few words: checked by the server, and given back with what is wrong with it.
struct PipelineDraft: Sendable {
  /// How often a draft goes back to the model.
  static let mostReturns = 2

  let session: ChatSession
  let call: Invocation

  struct Drafted: Sendable {
    let text: String
    let plan: PipelinePlanReply
  }

  /// Has the model write one, and shows it with its plan, or with what is wrong with it after all.
  func write(_ wish: String) async throws -> Drafted {
    let conversations = try await session.ready()
    guard let partner = await session.partner else { throw CancellationError() }
    var messages = [
      ChatMessage(role: .system, content: Self.instructions + (try await belongings(conversations.client))),
      ChatMessage(role: .user, content: wish),
    ]
    var returns = 0
    while true {
      let writer = AnswerWriter(call.printer, waitingFor: partner.name, streams: false)
      let answer = try await conversations.generate(messages, Self.settings, of: partner) { _ in }
      writer.finish()
      if answer.wasStopped { throw CancellationError() }
      let text = Self.file(in: answer.text)
      let plan = try await conversations.client.post(
        APIPath("api", "pipelines", "plan"), PipelineRequest(text: text), as: PipelinePlanReply.self
      ).value
      if plan.valid || returns == Self.mostReturns {
        show(Drafted(text: text, plan: plan))
        return Drafted(text: text, plan: plan)
      }
      returns += 1
      let problems = Quantity.count(plan.problems.count, "problem")
      call.printer.note("The draft has \(problems); \(partner.name) is asked again.")
      messages += [
        ChatMessage(role: .assistant, content: answer.text),
        ChatMessage(role: .user, content: Self.complaint(plan.problems)),
      ]
    }
  }

  /// Runs a drafted pipeline that is right.
  func run(_ text: String) async throws {
    let client = try await session.ready().client
    let run = try await client.post(
      APIPath("api", "pipelines"), PipelineRequest(text: text), as: PipelineReply.self
    ).value
    call.printer.note("\(run.name) runs as pipeline \(run.pipelineID).")
    call.printer.hint("Follow it: luthier pipeline watch \(run.pipelineID)")
  }

  private func show(_ draft: Drafted) {
    call.printer.raw(draft.text + (draft.text.hasSuffix("\n") ? "" : "\n"))
    call.printer.line("")
    PipelineText.describe(draft.plan, call.printer)
  }

  // MARK: What the model is told

  /// The likeliest words: the file is for a program.
  private static let settings = ChatSettingsBody(
    systemPrompt: nil, temperature: 0, topP: nil, topK: nil, maxTokens: 2048, seed: nil)

  private static var instructions: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let schema =
      (try? encoder.encode(PipelineSchema.document)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return """
      You write pipelines for Luthier, a place to fine-tune language models. Answer with one YAML file in a fenced code block and nothing else. It must fit this JSON schema:
      \(schema)

      Use only datasets and models that are listed below, or a base model that the user names. A step refers to what an earlier one made by ${steps.ID.OUTPUT}. For example:
      ```yaml
      name: my-bot
      steps:
        - kind: train
          model: /models/base
          dataset: data.jsonl
        - kind: merge
          model: ${steps.train.model}
          name: my-bot
        - kind: serve
          model: ${steps.merge.model}
      ```

      """
  }

  /// The user's datasets and models by name.
  private func belongings(_ client: APIClient) async throws -> String {
    let datasets = try await client.get(APIPath("api", "files", "datasets"), as: DatasetListReply.self).value
    let models = try await client.get(APIPath("api", "files", "models"), as: ModelListReply.self).value
    let shared = try? await client.get(APIPath("api", "models", "shared"), as: FoundModelListReply.self)
      .value
    func list(_ names: [String]) -> String {
      names.isEmpty ? "none\n" : "\n" + names.prefix(100).map { "- \(Printable.line($0))\n" }.joined()
    }
    return "Datasets: " + list(datasets.files.map(\.filename))
      + "The user's models: " + list(models.models.map { "\($0.name) (\($0.kind.rawValue))" })
      + "Base models: " + list(shared?.models.map(\.path) ?? [])
  }

  private static func complaint(_ problems: [PipelinePlanReply.Problem]) -> String {
    let lines = problems.prefix(20).map { problem in
      "- line \(problem.line), \(problem.path): \(problem.message) \(problem.hint ?? "")"
    }
    return "The file is not right:\n" + lines.joined(separator: "\n")
      + "\nAnswer with the whole file again, put right."
  }

  /// What stands in the answer's fenced block, or else all of it.
  static func file(in answer: String) -> String {
    var lines: [Substring] = []
    var isInside = false
    for line in answer.split(separator: "\n", omittingEmptySubsequences: false) {
      let isFence = line.drop { $0 == " " }.hasPrefix("```")
      if isFence, isInside { return lines.joined(separator: "\n") + "\n" }
      if isFence {
        isInside = true
      } else if isInside {
        lines.append(line)
      }
    }
    return isInside ? lines.joined(separator: "\n") + "\n" : answer
  }
}
