/// `POST /api/models/{name}/verify`: everything may be left out.
package struct VerifyModelRequest: Codable, Sendable {
  /// At most 10, of at most 2,000 characters.
  package let questions: [String]?
  /// Tokens of each answer: 1 to 256; 32.
  package let tokens: Int?

  package init(questions: [String]?, tokens: Int?) {
    self.questions = questions
    self.tokens = tokens
  }
}

package enum VerifyState: String, WireEnum { case same, different, skipped }

/// A token of a comparison.
package struct VerifyToken: Codable, Sendable {
  package let id: Int
  package let text: String

  package init(id: Int, text: String) {
    self.id = id
    self.text = text
  }
}

/// One comparison.
package struct VerifyCheckReply: Codable, Sendable {
  /// `chat_template`, `merged_answer`, `server_prompt` or `server_answer`.
  package let name: String
  package let state: VerifyState
  package let question: String?
  /// Who is compared with whom.
  package let left: String?
  package let right: String?
  package let leftTokens: Int?
  package let rightTokens: Int?
  /// The first token, from 0, at which they part.
  package let position: Int?
  /// The tokens about it.
  package let leftShown: [VerifyToken]?
  package let rightShown: [VerifyToken]?
  package let note: String?

  package init(
    name: String, state: VerifyState, question: String?, left: String?, right: String?, leftTokens: Int?,
    rightTokens: Int?, position: Int?, leftShown: [VerifyToken]?, rightShown: [VerifyToken]?, note: String?
  ) {
    self.name = name
    self.state = state
    self.question = question
    self.left = left
    self.right = right
    self.leftTokens = leftTokens
    self.rightTokens = rightTokens
    self.position = position
    self.leftShown = leftShown
    self.rightShown = rightShown
    self.note = note
  }

  private enum CodingKeys: String, CodingKey {
    case name, state, question, left, right, leftTokens = "left_tokens", rightTokens = "right_tokens"
    case position, leftShown = "left_shown", rightShown = "right_shown", note
  }
}

/// An event of a verification: `progress` with the first three, `end` with the others.
package struct VerifyEvent: Codable, Sendable {
  package let phase: String?
  package let step: Int?
  package let steps: Int?
  /// Nothing is different.
  package let same: Bool?
  package let template: String?
  /// What the weights were held in: `float32` or `bfloat16`.
  package let dtype: String?
  package let checks: [VerifyCheckReply]?
  /// Why there is no result.
  package let code: String?
  package let problem: String?
  package let hint: String?

  package init(
    phase: String? = nil, step: Int? = nil, steps: Int? = nil, same: Bool? = nil, template: String? = nil,
    dtype: String? = nil, checks: [VerifyCheckReply]? = nil, code: String? = nil, problem: String? = nil,
    hint: String? = nil
  ) {
    self.phase = phase
    self.step = step
    self.steps = steps
    self.same = same
    self.template = template
    self.dtype = dtype
    self.checks = checks
    self.code = code
    self.problem = problem
    self.hint = hint
  }
}
