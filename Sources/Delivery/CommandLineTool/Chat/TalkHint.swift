import Contract

/// What to do with a model that was just made: talk to it, unless it is one that writes nothing.
enum TalkHint {
  /// - Parameter model: its identifier or its name; the list of models says the rest, where the server answers.
  static func give(for model: String, _ client: APIClient, _ printer: Printer) async {
    let all = try? await client.get(APIPath("api", "models"), as: ListedModelsReply.self).value.models
    let found = all?.first { $0.modelID == model } ?? all?.first { $0.name == model }
    let name = ShellWord.quoted(found?.name ?? model)
    if found?.isRewardModel == true {
      printer.hint("It scores answers and writes none. Its files: luthier model download \(name)")
    } else {
      printer.hint("Talk to it: luthier chat --model \(name)")
    }
  }
}
