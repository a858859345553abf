import Domain
import Testing

/// Titles that a model gives.
@Suite struct ImprovedTitleTests {
  @Test(arguments: [
    ("\"Tea for two\"", "How do I make tea?", "Tea for two"),
    ("<think>Well, tea… maybe.</think>\n\nMaking tea.", "How do I make tea?", "Making tea"),
    ("I think of tea</think>Making tea", "How do I make tea?", "Making tea"),
    ("Title: **Making tea**", "How do I make tea?", "Making tea"),
    ("标题：《泡茶的方法》", "怎么泡茶？", "泡茶的方法"), ("牛奶泡茶 milk", "怎么泡 tea？", "牛奶泡茶 milk"),
  ])
  func `a model's answer becomes a title`(answer: String, question: String, title: String) {
    #expect(ConversationTitle.improved(answer, question: question) == title)
  }

  @Test(arguments: [
    ("<think>it goes on and on", "How do I make tea?"), ("", "How do I make tea?"),
    ("***", "How do I make tea?"),
    ("Making tea", "怎么泡茶？"), ("泡茶的方法", "How do I make tea?"), ("泡茶的方法", "お茶の入れ方は？"),
    ("Making tea\nThis title says that tea is made.", "How do I make tea?"),
    (String(repeating: "tea ", count: 40), "How do I make tea?"),
  ])
  func `an answer in another language, or none, gives no title`(answer: String, question: String) {
    #expect(ConversationTitle.improved(answer, question: question) == nil)
  }

  @Test func `a long title is cut as others are, and the model is asked in the user's language`() {
    let long = ConversationTitle.improved(
      "A rather long title about making tea at home with milk", question: "tea?")
    #expect(long?.hasSuffix("…") == true && long.map(ConversationTitle.width(of:)) ?? 99 <= 40)
    #expect(ConversationTitle.request(question: "怎么泡茶？", reply: "水").first?.content.contains("标题") == true)
    #expect(ConversationTitle.request(question: "tea?", reply: "x").first?.content.contains("title") == true)
    let cut = ConversationTitle.request(question: String(repeating: "a", count: 9000), reply: "x")
    #expect(cut[0].content.count < 3000)
  }
}
