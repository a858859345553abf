import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

extension Models {
  /// Sends `progress` for each step and `end` with the result; who leaves ends it.
  static func verify(_ call: Call) async throws -> Response {
    let body = try await call.body(VerifyModelRequest.self)
    let user = try call.user.id
    let questions = body.questions ?? ModelVerification.questions
    guard (1...10).contains(questions.count),
      questions.allSatisfy({ (1...2000).contains($0.count) && $0.contains { !$0.isWhitespace } })
    else { throw DomainError.invalid("Give 1 to 10 questions of 1 to 2,000 characters.") }
    let tokens = body.tokens ?? 32
    guard (1...256).contains(tokens) else { throw DomainError.invalid("tokens is 1 to 256.") }
    let verification = call.services.verification
    // What can be refused is refused before the stream begins.
    let model = try await verification.model(call.parameter, for: ChatCaller(user))
    try model.checkAnswers()
    return .eventStream { writer in
      do {
        let result = try await verification.verify(model, questions: questions, tokens: tokens, for: user) {
          let told = VerifyEvent(phase: $0.phase, step: $0.step, steps: $0.steps)
          try await writer.send(try event("progress", told, id: Int64($0.step)))
        }
        try await writer.send(try event("end", result.wire, id: 0))
      } catch let error as DomainError {
        let told = VerifyEvent(code: error.code.rawValue, problem: error.message, hint: error.hint)
        try await writer.send(try event("end", told, id: 0))
      }
    }
  }
}

extension ModelVerification.Result {
  var wire: VerifyEvent {
    VerifyEvent(same: same, template: template, dtype: dtype, checks: checks.map(\.wire))
  }
}

extension ModelVerification.Check {
  fileprivate var wire: VerifyCheckReply {
    VerifyCheckReply(
      name: name, state: VerifyState(rawValue: state) ?? .skipped, question: question, left: left,
      right: right, leftTokens: leftTokens, rightTokens: rightTokens, position: position,
      leftShown: leftShown?.map { VerifyToken(id: $0.id, text: $0.text) },
      rightShown: rightShown?.map { VerifyToken(id: $0.id, text: $0.text) }, note: note)
  }
}
