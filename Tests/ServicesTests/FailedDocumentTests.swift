import Domain
import Services
import Synchronization
import Testing

/// What an index could not take in stays listed with its reason, and can be tried again.
struct FailedDocumentTests {
  private static func add(
    _ bytes: [UInt8], as name: String, to indexes: IndexService, _ user: UserID
  ) async throws {
    let intake = try await indexes.begin(name, in: "docs", for: user)
    try await intake.write(bytes)
    _ = try await indexes.finish(intake, for: user)
  }

  private static let pdf = Array("%PDF-1.7 The zebra rule.".utf8)

  @Test func `a document that could not be read is tried again from what was kept, and is there then`()
    async throws
  {
    try await Scene.run { scene in
      let indexes = try scene.makeIndexes(Nothing())
      _ = try await indexes.create("docs", for: scene.user)
      let missing = DomainError(.unsupportedMedia, "There is no pdftotext.", hint: "Install it.")
      scene.files.pdf.failure.withLock { $0 = missing }
      await #expect(throws: DomainError.self) {
        try await Self.add(Self.pdf, as: "rules.pdf", to: indexes, scene.user)
      }
      let first = try #require(try await indexes.failures(of: "docs", for: scene.user).first)
      #expect(first.reason == DocumentFailure(missing) && first.isKept && first.size == Int64(Self.pdf.count))
      #expect(try await indexes.documents(of: "docs", for: scene.user).isEmpty)
      #expect(try await indexes.search("zebra", in: "docs", of: scene.user, count: 1).isEmpty)
      // It fails again, for another reason: that one is told, once.
      let slow = DomainError(.tooLarge, "It takes too long.")
      scene.files.pdf.failure.withLock { $0 = slow }
      await #expect(throws: DomainError.self) { try await indexes.retry(first.id, of: scene.user) }
      let second = try await indexes.failures(of: "docs", for: scene.user)
      #expect(second.map(\.reason) == [DocumentFailure(slow)])
      scene.files.pdf.failure.withLock { $0 = nil }
      let again = try #require(second.first)
      await #expect(throws: DomainError.self) { try await indexes.retry(again.id, of: .make()) }
      let taken = try await indexes.retry(again.id, of: scene.user)
      #expect(taken.isNew && taken.document.name == "rules.pdf")
      #expect(try await indexes.failures(of: "docs", for: scene.user).isEmpty)
      #expect(
        try await indexes.search("zebra", in: "docs", of: scene.user, count: 1).map(\.document) == [
          "rules.pdf"
        ])
      #expect(try await indexes.retry(taken.document.id, of: scene.user).isNew == false)
      try await FailedDocumentTests.running(indexes) {
        try await scene.wait { scene.files.parts().isEmpty }
      }
    }
  }

  @Test func `a document too large to be held lies in a file until it is taken in or nobody wants it`()
    async throws
  {
    try await Scene.run { scene in
      let indexes = try scene.makeIndexes(Nothing())
      _ = try await indexes.create("docs", for: scene.user)
      let large = Self.pdf + [UInt8](repeating: 0x20, count: 3 << 20) + Array("\nThe walrus rule.".utf8)
      let intake = try await indexes.begin("rules.pdf", in: "docs", for: scene.user)
      for start in stride(from: 0, to: large.count, by: 100_000) {
        try await intake.write(Array(large[start..<min(large.count, start + 100_000)]))
      }
      let left = try await indexes.begin("left.pdf", in: "docs", for: scene.user)
      try await left.write(Array(large.dropLast(9)))
      #expect(scene.files.parts().count == 2)
      scene.files.pdf.failure.withLock { $0 = DomainError(.tooLarge, "It takes too long.") }
      try await FailedDocumentTests.running(indexes) {
        await #expect(throws: DomainError.self) { try await indexes.finish(intake, for: scene.user) }
        let failed = try #require(try await indexes.failures(of: "docs", for: scene.user).first)
        #expect(failed.isKept && failed.size == Int64(large.count))
        // What is on its way is no litter, whatever is swept meanwhile: it goes on as if nothing were.
        scene.files.pdf.failure.withLock { $0 = nil }
        #expect(try await indexes.retry(failed.id, of: scene.user).isNew)
        try await left.write(Array(large.suffix(9)))
        try await scene.wait { scene.files.parts().count == 1 }
        #expect(try await indexes.finish(left, for: scene.user).isNew)
        try await scene.wait { scene.files.parts().isEmpty }
      }
      let found = try await indexes.search("walrus", in: "docs", of: scene.user, count: 2)
      #expect(Set(found.map(\.document)) == ["rules.pdf", "left.pdf"])
      // A text of that size is held to its own limit, and nothing of it stays.
      let text = try await indexes.begin("long.txt", in: "docs", for: scene.user)
      try await text.write([UInt8](repeating: 0x61, count: TextKind.mostText))
      let refused = await #expect(throws: DomainError.self) { try await text.write([0x61]) }
      #expect(refused?.code == .tooLarge && refused?.message.contains("16 MiB") == true)
    }
  }

  @Test func `what no second try can mend is listed without its bytes, and a good one takes its place`()
    async throws
  {
    try await Scene.run { scene in
      let indexes = try scene.makeIndexes(Nothing())
      _ = try await indexes.create("docs", for: scene.user)
      try await Self.add(Array("Good words.".utf8), as: "a.txt", to: indexes, scene.user)
      for (name, bytes, code) in [
        ("a.txt", [0xFF, 0xFE, 0x00], "unsupported_media_type"),
        ("b.txt", Array(" \n".utf8), "invalid_input"),
        ("c.pdf", Array("no PDF".utf8), "unsupported_media_type"),
      ] as [(String, [UInt8], String)] {
        await #expect(throws: DomainError.self) {
          try await Self.add(bytes, as: name, to: indexes, scene.user)
        }
        let failed = try await indexes.failures(of: "docs", for: scene.user).first { $0.name == name }
        #expect(failed?.reason.code.rawValue == code && failed?.isKept == false, "\(name)")
      }
      #expect(scene.files.parts().isEmpty)
      let failed = try await indexes.failures(of: "docs", for: scene.user)
      #expect(failed.map(\.name) == ["a.txt", "b.txt", "c.pdf"])
      await #expect(throws: DomainError.self) { try await indexes.retry(failed[0].id, of: scene.user) }
      // What is there under a name is found until it is replaced, and the same again ends the failure.
      #expect(try await indexes.search("good", in: "docs", of: scene.user, count: 1).count == 1)
      try await Self.add(Array("Good words.".utf8), as: "a.txt", to: indexes, scene.user)
      try await Self.add(Array("Better words.".utf8), as: "b.txt", to: indexes, scene.user)
      try await indexes.remove(failed[2].id, of: scene.user)
      #expect(try await indexes.failures(of: "docs", for: scene.user).isEmpty)
    }
  }

  @Test func `one text that a model cannot take does not keep the others waiting`() async throws {
    try await Scene.run { scene in
      let model = Picky()
      let indexes = try scene.makeIndexes(model)
      _ = try await indexes.create("docs", model: EmbeddingModel(backend: "p", model: "m"), for: scene.user)
      for number in 0..<9 {
        let word = number == 4 ? "poison" : "water"
        try await Self.add(Array("A glass of \(word).".utf8), as: "\(number)", to: indexes, scene.user)
      }
      try await Self.running(indexes) {
        try await scene.wait { try await indexes.index("docs", of: scene.user).vectors?.embedded == 9 }
        var index = try await indexes.index("docs", of: scene.user)
        #expect(index.vectors?.refused == 1 && index.vectors?.problem == nil)
        let told = try await indexes.documents(of: "docs", for: scene.user).filter { $0.refused > 0 }
        #expect(told.map(\.name) == ["4"] && told.first?.refusal == "The input is too long.")
        // By its words it is found.
        let found = try await indexes.search("poison", in: "docs", of: scene.user, count: 9)
        let poison = found.first { $0.document == "4" }
        #expect(found.count == 9 && poison?.textRank == 1 && poison?.vectorRank == nil)
        model.takesAll.withLock { $0 = true }
        #expect(try await indexes.retry(told[0].id, of: scene.user).isNew == false)
        try await scene.wait { try await indexes.index("docs", of: scene.user).vectors?.embedded == 9 }
        index = try await indexes.index("docs", of: scene.user)
        #expect(index.vectors?.refused == 0)
      }
    }
  }

  private static func running(_ indexes: IndexService, _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await indexes.run() }
      try await body()
      group.cancelAll()
    }
  }

  private struct Nothing: TextEmbedding {
    func vectors(of texts: [String], at address: EngineAddress, limit: Double) -> [[Float]] { [] }
  }

  /// A model that fails at any request with one word in it.
  private final class Picky: TextEmbedding {
    let takesAll = Mutex(false)

    func vectors(
      of texts: [String], at address: EngineAddress, limit: Double
    ) async throws(DomainError) -> [[Float]] {
      let isPoisoned = texts.contains { $0.contains("poison") && !$0.contains("?") }
      if isPoisoned, texts != ["poison"], !takesAll.withLock({ $0 }) {
        throw DomainError(.upstreamFailed, "The input is too long.", origin: .upstream)
      }
      return texts.map { text in [1, Float(text.utf8.count)] }
    }
  }
}
