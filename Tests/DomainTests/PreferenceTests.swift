import Domain
import Testing

struct PreferenceTests {
  private static let before = [
    ChatTurn(role: .user, content: "hi"), ChatTurn(role: .assistant, content: "hello"),
  ]

  private static func comparison(
    _ replies: [Comparison.Reply], _ verdict: Comparison.Verdict, winner: Int? = nil
  ) -> Comparison {
    Comparison(
      id: .make(), userID: .make(), prompt: "q", settings: ChatSettings(systemPrompt: "s"), replies: replies,
      verdict: verdict, winner: winner, createdAt: Timestamp(milliseconds: 1))
  }

  private static func reply(_ text: String, _ history: [ChatTurn] = []) -> Comparison.Reply {
    Comparison.Reply(model: "m", content: text, history: history)
  }

  @Test func `the best answer makes a pair with each other one, and not with its equal`() {
    let vote = Self.comparison(
      [Self.reply("x"), Self.reply("best"), Self.reply("best"), Self.reply("x")], .best, winner: 1)
    let rows = PreferenceRow.rows(of: vote, as: .dpo)
    #expect(rows.map(\.answer) == [.pair(chosen: "best", rejected: "x")])
    #expect(rows.allSatisfy { $0.prompt == "q" && $0.system == "s" && $0.history.isEmpty })
    #expect(
      PreferenceRow.rows(of: vote, as: .kto).map(\.answer)
        == [.tagged("x", isGood: false), .tagged("best", isGood: true)])
  }

  @Test func `answers to conversations that have parted make no pair, and are judged alone`() {
    let vote = Self.comparison([Self.reply("a", Self.before), Self.reply("b")], .best, winner: 0)
    #expect(PreferenceRow.rows(of: vote, as: .dpo) == [])
    let rows = PreferenceRow.rows(of: vote, as: .kto)
    #expect(rows.map(\.history) == [Self.before, []])
    #expect(rows.map(\.answer) == [.tagged("a", isGood: true), .tagged("b", isGood: false)])
  }

  @Test func `a tie and a vote for none make no pairs, and say all are good, or none`() {
    let replies = [Self.reply("a"), Self.reply("b")]
    for (verdict, isGood) in [(Comparison.Verdict.tie, true), (.noneGood, false)] {
      let vote = Self.comparison(replies, verdict)
      #expect(PreferenceRow.rows(of: vote, as: .dpo) == [])
      #expect(
        PreferenceRow.rows(of: vote, as: .kto).map(\.answer)
          == [.tagged("a", isGood: isGood), .tagged("b", isGood: isGood)])
    }
  }

  @Test(arguments: [
    ChatSettings(temperature: -0.1), ChatSettings(temperature: 2.1), ChatSettings(temperature: .nan),
    ChatSettings(topP: 0), ChatSettings(topP: 1.1), ChatSettings(topK: 0), ChatSettings(topK: 1001),
    ChatSettings(maxTokens: 0), ChatSettings(maxTokens: 32_769), ChatSettings(seed: -1),
    ChatSettings(seed: 4_294_967_296), ChatSettings(systemPrompt: "a\0b"),
    ChatSettings(systemPrompt: String(repeating: "字", count: 32_769)),
  ])
  func `settings out of their bounds are refused`(settings: ChatSettings) {
    #expect(throws: DomainError.self) { try settings.checked() }
  }

  @Test func `settings within their bounds stay as they are, and a prompt of blanks is none`() throws {
    let all = ChatSettings(
      systemPrompt: " Be short.\n", temperature: 0, topP: 1, topK: 1, maxTokens: 32_768, seed: 0)
    #expect(try all.checked() == all)
    #expect(try ChatSettings(systemPrompt: " \n").checked().isEmpty)
  }
}
