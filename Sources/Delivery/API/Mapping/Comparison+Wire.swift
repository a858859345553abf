import Contract
import Domain
import Services

extension ChatSettings {
  var wire: ChatSettingsBody {
    ChatSettingsBody(
      systemPrompt: systemPrompt, temperature: temperature, topP: topP, topK: topK, maxTokens: maxTokens,
      seed: seed)
  }

  /// Nil where there are none.
  var wireIfAny: ChatSettingsBody? { isEmpty ? nil : wire }
}

extension ChatSettingsBody {
  var settings: ChatSettings {
    ChatSettings(
      systemPrompt: systemPrompt, temperature: temperature, topP: topP, topK: topK, maxTokens: maxTokens,
      seed: seed)
  }
}

extension SavedPreset {
  var wire: SavedPresetReply {
    SavedPresetReply(
      presetID: id.rawValue, name: name, settings: settings.wire, model: model, createdAt: createdAt.iso8601,
      updatedAt: updatedAt.iso8601)
  }
}

extension ChatRole {
  var turn: ChatTurn.Role {
    switch self {
    case .system: .system
    case .user: .user
    case .assistant: .assistant
    }
  }
}

extension ComparisonRequest {
  var vote: ComparisonVote {
    let verdict: Comparison.Verdict =
      switch verdict {
      case .best: .best
      case .tie: .tie
      case .none: .noneGood
      }
    return ComparisonVote(
      prompt: prompt, settings: settings?.settings ?? ChatSettings(),
      replies: replies.map { reply in
        Comparison.Reply(
          model: reply.model, content: reply.content,
          history: (reply.history ?? []).map { ChatTurn(role: $0.role.turn, content: $0.content) })
      }, verdict: verdict, winner: winner, isBlind: blind ?? false)
  }
}

extension Comparison {
  var wire: ComparisonReply {
    let verdict: ComparisonVerdict =
      switch verdict {
      case .best: .best
      case .tie: .tie
      case .noneGood: .none
      }
    return ComparisonReply(
      comparisonID: id.rawValue, prompt: prompt, settings: settings.wireIfAny,
      replies: replies.map { reply in
        ComparedReply(
          model: reply.model, content: reply.content,
          history: reply.history.isEmpty
            ? nil : reply.history.map { ChatMessage(role: $0.role.wire, content: $0.content) })
      }, verdict: verdict, winner: winner, blind: isBlind, createdAt: createdAt.iso8601)
  }
}

extension ModelScore {
  var wire: ModelScoreReply {
    ModelScoreReply(
      model: model, compared: compared, wins: wins, losses: losses, ties: ties, rejected: rejected)
  }
}

extension PreferenceRow {
  /// - Parameters:
  ///   - hasSystem: whether a line of the file has a system prompt: the trainer takes the columns of the first one.
  ///   - hasHistory: the same of a history.
  func line(hasSystem: Bool, hasHistory: Bool) -> PreferenceLine {
    var (chosen, rejected, output, tag): (String?, String?, String?, Bool?)
    switch answer {
    case .pair(let best, let other): (chosen, rejected) = (best, other)
    case .tagged(let text, let isGood): (output, tag) = (text, isGood)
    }
    let pairs = stride(from: 0, to: history.count - 1, by: 2).map {
      [history[$0].content, history[$0 + 1].content]
    }
    return PreferenceLine(
      instruction: prompt, chosen: chosen, rejected: rejected, output: output, ktoTag: tag,
      system: hasSystem ? system ?? "" : nil, history: hasHistory ? pairs : nil)
  }
}
