import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// B3, B7: conversations and messages.
struct ConversationStoreTests {
  private static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

  private static func conversation(of user: UserID, at milliseconds: Int64 = 1) -> Conversation {
    Conversation(id: .make(), userID: user, createdAt: time(milliseconds), updatedAt: time(milliseconds))
  }

  private static let failure = ReplyFailure(code: "upstream_failed", message: "It broke.", hint: "Try again.")

  private static func exchange(
    in id: ConversationID, after parent: MessageID?, _ text: String = "question"
  ) -> NewExchange {
    let question = StoredMessage(
      id: .make(), conversationID: id, parent: parent, role: .user, content: text, createdAt: time(5))
    let reply = StoredMessage(
      id: .make(), conversationID: id, parent: question.id, role: .assistant, content: "",
      state: .streaming, model: "m", createdAt: time(5))
    return NewExchange(question: question, reply: reply, tip: parent, title: "Title")
  }

  @Test(arguments: TestDatabase.all)
  func `conversations are each user's own, the last used first`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let (old, new) = (Self.conversation(of: ann, at: 1), Self.conversation(of: ann, at: 2))
      for one in [new, old] { try await stores.conversations.insert(one, keeping: 500) }
      #expect(
        try await stores.conversations.conversations(owner: ann, filter: .init()).conversations == [new, old])
      #expect(try await stores.conversations.conversations(owner: bob, filter: .init()).conversations == [])
      #expect(try await stores.conversations.conversation(old.id, owner: bob) == nil)
      #expect(try await stores.messages.tree(of: old.id, owner: bob)?.path == nil)
      let stolen = Self.exchange(in: old.id, after: nil)
      #expect(try await stores.messages.append(stolen, owner: bob) == false)
      #expect(try await stores.messages.clear(old.id, owner: bob, at: Self.time(9)) == false)
      #expect(try await stores.conversations.delete(old.id, owner: bob) == false)

      #expect(try await stores.messages.append(Self.exchange(in: old.id, after: nil), owner: ann))
      #expect(
        try await stores.conversations.conversations(owner: ann, filter: .init()).conversations.map(\.id) == [
          old.id, new.id,
        ])
      #expect(try await stores.conversations.delete(old.id, owner: ann))
      #expect(try await stores.conversations.delete(old.id, owner: ann) == false)
      #expect(try await stores.count("messages") == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a reply keeps the passages it was given, and they go with it`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let conversation = Self.conversation(of: ann)
      try await stores.conversations.insert(conversation, keeping: 500)
      let passages = [
        FoundPassage(
          documentID: .make(), document: "a.pdf",
          passage: Passage(place: 3, range: 10..<20, headings: ["One", "Two"], page: 7, text: "Zebras"),
          score: 0.5, textRank: 2),
        FoundPassage(
          documentID: .make(), document: "b.md",
          passage: Passage(place: 0, range: 0..<4, headings: [], page: nil, text: "斑马"), score: 0.25,
          vectorRank: 1),
      ]
      let question = StoredMessage(
        id: .make(), conversationID: conversation.id, parent: nil, role: .user, content: "What?",
        createdAt: Self.time(5))
      let reply = StoredMessage(
        id: .make(), conversationID: conversation.id, parent: question.id, role: .assistant, content: "",
        state: .streaming, model: "m", sources: passages, createdAt: Self.time(5))
      let exchange = NewExchange(question: question, reply: reply, tip: nil, title: "T")
      #expect(try await stores.messages.append(exchange, owner: ann))
      let path = try await stores.messages.tree(of: conversation.id, owner: ann)?.path
      #expect(path?.map(\.sources) == [[], passages])
      #expect(try await stores.messages.tree(of: conversation.id, owner: bob) == nil)
      #expect(try await stores.messages.clear(conversation.id, owner: ann, at: Self.time(9)))
      #expect(try await stores.count("reply_sources") == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a list is read page by page, and nothing is left out or told twice`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      // Some of them at the same time, so that the time alone is no order.
      let all = (0..<10).map { Self.conversation(of: ann, at: $0 / 3) }
      for one in all { try await stores.conversations.insert(one, keeping: 500) }
      try await stores.conversations.insert(Self.conversation(of: bob, at: 1), keeping: 500)
      let change = ConversationChange(isPinned: true, tags: ["x"])
      for one in [all[0], all[7]] {
        _ = try await stores.conversations.update(one.id, owner: ann, change)
      }
      let order = [all[7], all[0]] + all.reversed().filter { $0.id != all[0].id && $0.id != all[7].id }
      func pages(_ limit: Int, tag: String? = nil) async throws -> [[ConversationID]] {
        var filter = ConversationFilter(tag: tag, limit: limit)
        var pages: [[ConversationID]] = []
        repeat {
          let page = try await stores.conversations.conversations(owner: ann, filter: filter)
          pages.append(page.conversations.map(\.id))
          filter.after = page.next.flatMap { ConversationPlace(text: $0.text) }
        } while filter.after != nil
        return pages
      }
      for limit in [1, 3, 5, 10, 11] {
        let read = try await pages(limit)
        #expect(read.flatMap(\.self) == order.map(\.id), "\(limit) at a time")
        #expect(read.count == (10 + limit - 1) / limit, "\(limit) at a time")
      }
      #expect(try await pages(1, tag: "x") == [[all[7].id], [all[0].id]])
      #expect(try await pages(5, tag: "y") == [[]])
      for text in ["", "1", "1.2", "2.1.1", "1.2.3.4", "a.1.1", "1..1"] {
        #expect(ConversationPlace(text: text) == nil, "\(text)")
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a new conversation takes the place of the longest unused one`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let kept = Self.conversation(of: bob)
      try await stores.conversations.insert(kept, keeping: 3)
      let all = (1...3).map { Self.conversation(of: ann, at: $0) }
      for one in all { try await stores.conversations.insert(one, keeping: 3) }
      // The oldest was used again, so that the second is the longest unused one.
      let exchange = Self.exchange(in: all[0].id, after: nil)
      #expect(try await stores.messages.append(exchange, owner: ann))
      // The clock went back: what is new stays whatever it says.
      let new = Self.conversation(of: ann, at: 0)
      try await stores.conversations.insert(new, keeping: 3)
      let left = try await stores.conversations.conversations(owner: ann, filter: .init()).conversations.map(
        \.id)
      #expect(left == [all[0].id, all[2].id, new.id])
      #expect(try await stores.messages.tree(of: all[0].id, owner: ann)?.path.count == 2)
      #expect(
        try await stores.conversations.conversations(owner: bob, filter: .init()).conversations == [kept])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `an exchange is stored behind the tip and nowhere else`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let conversation = Self.conversation(of: ann)
      try await stores.conversations.insert(conversation, keeping: 500)
      let first = Self.exchange(in: conversation.id, after: nil)
      #expect(try await stores.messages.append(first, owner: ann))
      #expect(
        try await stores.messages.append(Self.exchange(in: conversation.id, after: nil), owner: ann) == false)
      let second = Self.exchange(in: conversation.id, after: first.reply.id, "more")
      #expect(try await stores.messages.append(second, owner: ann))
      let path = try await stores.messages.tree(of: conversation.id, owner: ann)?.path
      #expect(path == [first.asked, first.reply, second.asked, second.reply])
      let stored = try await stores.conversations.conversation(conversation.id, owner: ann)
      #expect(stored?.messageCount == 4 && stored?.tip == second.reply.id && stored?.title == "Title")

      #expect(try await stores.messages.clear(conversation.id, owner: ann, at: Self.time(9)))
      #expect(try await stores.messages.tree(of: conversation.id, owner: ann)?.path == [])
      #expect(try await stores.conversations.conversation(conversation.id, owner: ann)?.messageCount == 0)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a reply is written until it has ended, and one without a word is taken away`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let conversation = Self.conversation(of: ann)
      try await stores.conversations.insert(conversation, keeping: 500)
      let first = Self.exchange(in: conversation.id, after: nil)
      _ = try await stores.messages.append(first, owner: ann)
      func write(_ id: MessageID, _ text: String, _ state: StoredMessage.State) async throws -> Bool {
        try await stores.messages.write(
          id, content: text, state: state, failure: state == .failed ? Self.failure : nil, at: Self.time(7))
      }
      #expect(try await write(first.reply.id, "so f", .streaming))
      #expect(try await write(first.reply.id, "so far", .stopped))
      // A late save of what came before the end changes nothing.
      #expect(try await write(first.reply.id, "so f", .streaming) == false)
      #expect(try await write(first.reply.id, "", .failed) == false)
      let second = Self.exchange(in: conversation.id, after: first.reply.id)
      _ = try await stores.messages.append(second, owner: ann)
      #expect(try await write(second.reply.id, "", .failed))
      let path = try #require(try await stores.messages.tree(of: conversation.id, owner: ann)?.path)
      #expect(path.map(\.content) == ["question", "so far", "question"])
      #expect(path.map(\.state) == [.complete, .stopped, .complete])
      // Its question says why it has no answer, until it is asked once more.
      #expect(path.map(\.failure) == [nil, nil, Self.failure])
      let again = StoredMessage(
        id: .make(), conversationID: conversation.id, parent: second.question?.id, role: .assistant,
        content: "", state: .streaming, createdAt: Self.time(8))
      let stored = try await stores.conversations.conversation(conversation.id, owner: ann)
      #expect(
        stored?.messageCount == 3 && stored?.tip == second.asked.id && stored?.updatedAt == Self.time(7))
      let exchange = NewExchange(question: nil, reply: again, tip: second.asked.id, title: "")
      #expect(try await stores.messages.append(exchange, owner: ann))
      #expect(try await write(again.id, "half of", .failed))
      let now = try #require(try await stores.messages.tree(of: conversation.id, owner: ann)?.path)
      #expect(now.map(\.failure) == [nil, nil, nil, Self.failure])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what nobody writes any more is marked at the start`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let (one, other) = (Self.conversation(of: ann), Self.conversation(of: ann))
      for each in [one, other] { try await stores.conversations.insert(each, keeping: 500) }
      let (some, none) = (Self.exchange(in: one.id, after: nil), Self.exchange(in: other.id, after: nil))
      for each in [some, none] { _ = try await stores.messages.append(each, owner: ann) }
      _ = try await stores.messages.write(
        some.reply.id, content: "half", state: .streaming, failure: nil, at: Self.time(6))
      #expect(try await stores.messages.interruptUnfinished(at: Self.time(8)) == 2)
      #expect(try await stores.messages.interruptUnfinished(at: Self.time(8)) == 0)
      let path = try await stores.messages.tree(of: one.id, owner: ann)?.path
      #expect(path?.last?.state == .interrupted && path?.last?.content == "half")
      #expect(try await stores.messages.tree(of: other.id, owner: ann)?.path == [none.asked])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a configuration is one caller's, its key sealed and good for one server`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let plain = UserChatConfig(userID: ann, identifier: "one", updatedAt: Self.time(1))
      var full = UserChatConfig(
        userID: ann, identifier: "two", modelType: "custom", model: "m", maxTokens: 7,
        custom: .init(url: try UpstreamURL("https://one.example/v1"), model: "x", key: "sk-plain"),
        updatedAt: Self.time(2))
      for config in [plain, full] { try await stores.configs.save(config) }
      #expect(try await stores.configs.config(of: ann, identifier: "one") == plain)
      #expect(try await stores.configs.config(of: ann, identifier: "two") == full)
      #expect(try await stores.configs.config(of: ann, identifier: "three") == nil)
      let sealed: [UInt8]? = try await stores.database.read {
        try $0.value("SELECT sealed_api_key FROM user_configs WHERE user_identifier = 'two'")
      }
      #expect(sealed.map { String(decoding: $0, as: UTF8.self).contains("sk-plain") } == false)
      // Another address in the row: the key does not open for it.
      _ = try await stores.database.write {
        try $0.execute("UPDATE user_configs SET custom_api_url = 'https://thief.example/v1'")
      }
      #expect(try await stores.configs.config(of: ann, identifier: "two")?.custom?.key == nil)
      full.custom = nil
      full.maxTokens = 8
      try await stores.configs.save(full)
      #expect(try await stores.configs.config(of: ann, identifier: "two") == full)
      #expect(try await stores.count("user_configs") == 2)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `there is one guest, who is nobody's administrator`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let guest = try await stores.users.guest(at: Self.time(1))
      #expect(guest.role == .guest)
      #expect(try await stores.users.guest(at: Self.time(2)) == guest)
      #expect(try await stores.users.insert(.sample("ann")).role == .administrator)
      #expect(try await stores.count("users") == 2)
    }
  }
}

extension NewExchange {
  /// The question, which these tests always have.
  fileprivate var asked: StoredMessage { question ?? reply }
}
