import Domain
import Testing

struct ChatTests {
  private static func turns(_ texts: String...) -> [ChatTurn] {
    texts.enumerated().map {
      ChatTurn(role: $0.offset.isMultiple(of: 2) ? .user : .assistant, content: $0.element)
    }
  }

  @Test func `a title is the first sentence, in one line`() {
    #expect(ConversationTitle.make(from: "Who are you? And why?") == "Who are you?")
    #expect(ConversationTitle.make(from: "你好，你是谁？请介绍一下自己。") == "你好，你是谁？")
    #expect(ConversationTitle.make(from: "  # Plan\n\nfor 3.5 days  ") == "Plan for 3.5 days")
    #expect(ConversationTitle.make(from: "\n \u{7}") == "")
    #expect(ConversationTitle.make(from: "```") == "```")
  }

  @Test(arguments: [
    String(repeating: "字", count: 50), String(repeating: "a", count: 50), String(repeating: "👩‍👩‍👧", count: 30),
    String(repeating: "a字", count: 30),
  ])
  func `a long title is cut at 40 columns without breaking a character`(text: String) {
    let title = ConversationTitle.make(from: text)
    #expect(ConversationTitle.width(of: title) <= 40 && ConversationTitle.width(of: title) >= 38)
    #expect(title.last == "…" && text.hasPrefix(title.dropLast()))
  }

  @Test func `the newest turns that fit are kept, with the system's and in pairs`() {
    let system = ChatTurn(role: .system, content: "s")
    let all = [system] + Self.turns("one", "two", "three", "four", "five")
    #expect(ContextWindow.fit(all, budget: 1000) == all)
    // 5 tokens for each short turn.
    #expect(ContextWindow.fit(all, budget: 10) == [system, all[5]])
    #expect(
      ContextWindow.fit(all, budget: 20).count == 2 || ContextWindow.fit(all, budget: 20).first == system)
    let kept = ContextWindow.fit(all, budget: 23)
    #expect(kept == [system, all[3], all[4], all[5]])
    #expect(ContextWindow.fit(Self.turns(String(repeating: "字", count: 99)), budget: 1).count == 1)
  }

  @Test func `a question that was never answered gives way to the next`() {
    let turns = [
      ChatTurn(role: .user, content: "lost"), ChatTurn(role: .user, content: "a"),
      ChatTurn(role: .assistant, content: "b"), ChatTurn(role: .user, content: "c"),
    ]
    #expect(ContextWindow.fit(turns, budget: 1000).map(\.content) == ["a", "b", "c"])
  }

  @Test(arguments: [
    ("http://h:1/v1/chat/completions", "http://h:1/v1/chat/completions"),
    ("https://h.example/api/paas/v4/", "https://h.example/api/paas/v4/chat/completions"),
    ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/chat/completions"),
    ("http://[::1]:80/x", "http://[::1]:80/x/v1/chat/completions"),
  ])
  func `an address is understood as people give it`(given: String, called: String) throws {
    #expect(try UpstreamURL(given).chatURL == called)
  }

  @Test(arguments: [
    "", "ftp://h/", "file:///etc/passwd", "http://", "http://u:p@h/", "http://u@h", "http://h/?q=1",
    "http://h/#f", "http://h:0/", "http://h:99999/", "http://h:x/", "http://h /", "http://h\\@evil/",
    "http://h\r\nX: y/", "gopher://h", "//h/v1", "http://[::1/", "http://[h]/", "http://hé/",
  ])
  func `what is no plain address of a server is refused`(text: String) {
    #expect(throws: DomainError.self) { try UpstreamURL(text) }
  }
}
