import Domain
import Persistence
import SQLAccess
import TestDatabases
import Testing

/// Search, branches, and what a user changes about a conversation.
struct MessageSearchTests {
  private static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

  private static func conversation(
    of user: UserID, _ texts: [String], in stores: Stores, pinned: Bool = false, keeping: Int = 500
  ) async throws -> Conversation {
    let id = ConversationID.make()
    var messages: [StoredMessage] = []
    for (position, text) in texts.enumerated() {
      messages.append(
        StoredMessage(
          id: .make(), conversationID: id, parent: messages.last?.id,
          role: position.isMultiple(of: 2) ? .user : .assistant, content: text, createdAt: time(1)))
    }
    let conversation = Conversation(
      id: id, userID: user, title: "T", isPinned: pinned, tip: messages.last?.id,
      messageCount: messages.count, createdAt: time(1), updatedAt: time(1))
    try await stores.conversations.insert(conversation, messages: messages, keeping: keeping)
    return conversation
  }

  private static func find(_ query: String, of user: UserID, in stores: Stores) async throws -> [String] {
    try await stores.search.messages(owner: user, having: SearchText.terms(of: query), limit: 50).map(
      \.content)
  }

  @Test(arguments: TestDatabase.all)
  func `words, their beginnings and Chinese without blanks are found`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let chinese = "今天我们讨论大语言模型的微调方法。"
      let english = "Fine-tuning \"LoRA\" adapters isn't hard; see O'Reilly (2024)"
      _ = try await Self.conversation(of: ann, [chinese, english], in: stores)
      for query in ["微调", "调", "大语言模型", "讨论 微调", "语"] {
        #expect(try await Self.find(query, of: ann, in: stores) == [chinese], "\(query)")
      }
      for query in ["lora", "FINE", "tun", "adapters fine", "O'Reilly", "\"LoRA\"", "2024", "isn't"] {
        #expect(try await Self.find(query, of: ann, in: stores) == [english], "\(query)")
      }
      let long = String(repeating: "é", count: 60) + " 1e5 हिन्दी 𠀀𠀁"
      _ = try await Self.conversation(of: ann, [long], in: stores)
      for query in [String(repeating: "é", count: 60), String(repeating: "É", count: 39), "1e5", "हिन्द", "𠀀𠀁"] {
        #expect(try await Self.find(query, of: ann, in: stores) == [long], "\(query)")
      }
      // Characters that are there, yet not beside each other; words in part only.
      for query in ["微方", "调微", "ora", "lora qlora", "NEAR", "owner", "o", "*", "\"", "w"] {
        let found = try await Self.find(query, of: ann, in: stores)
        #expect(found.isEmpty || query == "o", "\(query) found \(found)")
      }
    }
  }

  @Test(arguments: TestDatabase.all)
  func `the newest are found, be a word in every message, in some or in one, and others have it too`(
    kind: TestDatabase
  ) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let texts = (0..<900).map { number in
        ["every fine-tuned 微调 model \(number)"]
          + [2, 7, 40, 160, 701].filter { number % $0 == 1 }.map { "each\($0)th 第\($0)次微调 Größe\($0)" }
      }.map { $0.joined(separator: "。") }
      for part in 0..<3 {
        _ = try await Self.conversation(of: ann, Array(texts[part * 300..<(part + 1) * 300]), in: stores)
        _ = try await Self.conversation(of: bob, ["every each701th 第701次 微 each160th"], in: stores)
      }
      let newest = Array(texts.reversed())
      for query in [
        "every", "ev", "fine-tuned", "微", "微调", "each2", "each7", "each7th", "each40", "each160t",
        "each701th",
        "第7次", "次微调", "次微调 each40", "第160次微调", "größe160", "GRÖSSE40", "größe7", "model 4", "调微",
        "each160th each701th", "each2th each7th", "微every",
      ] {
        // As a person reads it: whole words, the last of which may be cut short, beside each other.
        let wanted = newest.filter { text in
          SearchText.terms(of: query).allSatisfy { term in
            let phrase = " " + term.words.joined(separator: " ") + (term.isPrefix ? "" : " ")
            return " \(SearchText.words(of: text)) ".contains(phrase)
          }
        }
        #expect(try await Self.find(query, of: ann, in: stores) == Array(wanted.prefix(50)), "\(query)")
      }
      #expect(try await Self.find("each701th", of: bob, in: stores).count == 3)
      #expect(try await Self.find("fine", of: bob, in: stores) == [])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `another user's words are never found, nor what was deleted`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let secret = try await Self.conversation(of: bob, ["bob's secret"], in: stores)
      #expect(try await Self.find("secret", of: ann, in: stores) == [])
      let mine = try await Self.conversation(of: ann, ["my secret"], in: stores)
      #expect(try await Self.find("secret", of: ann, in: stores) == ["my secret"])
      #expect(try await Self.find("o\(bob.rawValue) secret", of: ann, in: stores) == [])

      #expect(try await stores.conversations.delete(secret.id, owner: ann) == false)
      #expect(try await Self.find("secret", of: bob, in: stores) == ["bob's secret"])
      #expect(try await stores.messages.clear(mine.id, owner: ann, at: Self.time(9)))
      #expect(try await stores.conversations.delete(secret.id, owner: bob))
      #expect(try await stores.count("message_search") == 0, "deleted words stayed in the index")
    }
  }

  @Test(arguments: TestDatabase.all)
  func `what an earlier version stored is taken into the search`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      _ = try await Self.conversation(of: ann, ["old words", "older words"], in: stores)
      _ = try await stores.database.write { transaction in
        try transaction.execute("DELETE FROM message_search")
        return try transaction.execute(
          "UPDATE search_backlog SET last = (SELECT MAX(number) FROM messages)")
      }
      #expect(try await Self.find("words", of: ann, in: stores) == [])
      while try await stores.search.indexBacklog() {}
      #expect(try await Self.find("words", of: ann, in: stores) == ["older words", "old words"])
      #expect(try await stores.search.indexBacklog() == false)
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a conversation is renamed, pinned, tagged and put away by its owner alone`(kind: TestDatabase)
    async throws
  {
    try await kind.run { stores in
      let (ann, bob) = (try await stores.addUser("ann"), try await stores.addUser("bob"))
      let old = try await Self.conversation(of: ann, ["a"], in: stores)
      let new = try await Self.conversation(of: ann, ["b"], in: stores)
      let change = ConversationChange(title: "Mine", isPinned: true, tags: ["work", "工作"])
      #expect(try await stores.conversations.update(old.id, owner: bob, change) == nil)
      let changed = try #require(try await stores.conversations.update(old.id, owner: ann, change))
      #expect(changed.title == "Mine" && changed.isPinned && changed.tags == ["work", "工作"])
      #expect(changed.titleOrigin == .user)
      try await stores.conversations.improveTitle(old.id, to: "The model's")
      try await stores.conversations.improveTitle(new.id, to: "The model's")
      func titles(_ filter: ConversationFilter) async throws -> [String] {
        try await stores.conversations.conversations(owner: ann, filter: filter).conversations.map(\.title)
      }
      #expect(try await titles(.init()) == ["Mine", "The model's"])
      #expect(try await titles(.init(tag: "工作")) == ["Mine"])
      #expect(try await titles(.init(tag: "工")) == [])
      _ = try await stores.conversations.update(old.id, owner: ann, ConversationChange(isArchived: true))
      #expect(try await titles(.init()) == ["The model's"])
      #expect(try await titles(.init(isArchived: true)) == ["Mine"])
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a pinned conversation is never forgotten for a newer one`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let pinned = try await Self.conversation(of: ann, ["kept words"], in: stores, pinned: true)
      for _ in 0..<4 { _ = try await Self.conversation(of: ann, ["x"], in: stores, keeping: 2) }
      let left = try await stores.conversations.conversations(owner: ann, filter: .init()).conversations
      #expect(left.count == 3 && left.first?.id == pinned.id)
      #expect(try await stores.count("message_search") == 3, "forgotten words stayed in the index")
    }
  }

  @Test(arguments: TestDatabase.all)
  func `branches stand beside each other, and the tip chooses one`(kind: TestDatabase) async throws {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let conversation = try await Self.conversation(of: ann, ["q1", "a1", "q2", "a2"], in: stores)
      let id = conversation.id
      let tree = try #require(try await stores.messages.tree(of: id, owner: ann))
      let (first, answer) = (tree.path[0], tree.path[1])
      let again = StoredMessage(
        id: .make(), conversationID: id, parent: first.id, role: .assistant, content: "", state: .streaming,
        createdAt: Self.time(2))
      let stale = NewExchange(question: nil, reply: again, tip: answer.id, title: "")
      #expect(try await stores.messages.append(stale, owner: ann) == false)
      let exchange = NewExchange(question: nil, reply: again, tip: tree.tip, title: "")
      #expect(try await stores.messages.append(exchange, owner: ann))
      #expect(
        try await stores.messages.write(
          again.id, content: "b1", state: .complete, failure: nil, at: Self.time(3)))
      var now = try #require(try await stores.messages.tree(of: id, owner: ann))
      #expect(now.path.map(\.content) == ["q1", "b1"])
      #expect(now.versions(of: answer) == [answer.id, again.id])
      #expect(try await stores.conversations.conversation(id, owner: ann)?.messageCount == 2)

      #expect(try await stores.messages.moveTip(of: id, to: .make(), owner: ann) == false)
      #expect(try await stores.messages.moveTip(of: id, to: now.leaf(under: answer.id), owner: ann))
      now = try #require(try await stores.messages.tree(of: id, owner: ann))
      #expect(now.path.map(\.content) == ["q1", "a1", "q2", "a2"])
      #expect(try await stores.conversations.conversation(id, owner: ann)?.messageCount == 4)
      #expect(try await Self.find("b1", of: ann, in: stores) == ["b1"], "a branch not shown is still found")
    }
  }

  @Test(arguments: TestDatabase.all)
  func `a second reply that never said a word gives the first its place back`(kind: TestDatabase) async throws
  {
    try await kind.run { stores in
      let ann = try await stores.addUser("ann")
      let conversation = try await Self.conversation(of: ann, ["q1", "a1"], in: stores)
      let question = try #require(try await stores.messages.tree(of: conversation.id, owner: ann)?.path.first)
      let again = StoredMessage(
        id: .make(), conversationID: conversation.id, parent: question.id, role: .assistant, content: "",
        state: .streaming, createdAt: Self.time(2))
      _ = try await stores.messages.append(
        NewExchange(question: nil, reply: again, tip: conversation.tip, title: ""), owner: ann)
      _ = try await stores.messages.write(
        again.id, content: "", state: .failed, failure: nil, at: Self.time(3))
      let tree = try #require(try await stores.messages.tree(of: conversation.id, owner: ann))
      #expect(tree.path.map(\.content) == ["q1", "a1"])
    }
  }
}
