import Domain
import Services
import Testing

/// Documents and questions of two languages with known answers: what words find, what meaning finds, and that both
/// together lose neither.
struct FusionScenarioTests {
  /// A model that knows what some words of both languages mean, and nothing of names and numbers.
  private struct Bilingual: TextEmbedding {
    static let meanings = [
      ["host", "machine", "主机", "机器"], ["add", "join", "添加", "加入"], ["cat", "feline", "猫"],
      ["sleep", "nap", "睡", "休息"], ["holiday", "vacation", "假期", "放假"], ["price", "cost", "价格", "费用"],
      ["train", "tune", "训练", "微调"], ["upload", "drop", "上传", "拖入"],
    ]

    func vectors(of texts: [String], at address: EngineAddress, limit: Double) -> [[Float]] {
      texts.map { text in
        let small = text.lowercased()
        return Self.meanings.map { words in words.contains { small.contains($0) } ? 1 : 0 } + [0.05]
      }
    }
  }

  private static let documents = [
    ("hosts.md", "A machine joins the pool when its key is known."),
    ("主机.md", "主机可以随时移除，数据不会丢失。"),
    ("pets.md", "A feline naps all day long."), ("宠物.md", "猫在沙发上休息。"),
    ("leave.md", "Everybody has thirty days of vacation."), ("假期.md", "春节放假七天，请提前安排。"),
    ("codes.md", "Error E4711 means that the disk is full."), ("代码.md", "错误 E4712 表示显存不足。"),
    ("upload.md", "Drop a file here."), ("数据.md", "把文件拖入网页即可。"),
    ("noise.md", "The quick brown fox jumps over the lazy dog."), ("杂项.md", "今天的天气很好，适合散步。"),
  ]

  /// A question, the documents that answer it, and which way finds them.
  private static let questions: [(question: String, answers: Set<String>, byWords: Bool)] = [
    // In other words of the same language, and in the other language.
    ("How long do cats sleep?", ["pets.md", "宠物.md"], false),
    ("小猫在睡吗？", ["pets.md", "宠物.md"], false),
    ("How much holiday is there?", ["leave.md", "假期.md"], false),
    ("假期有多久？", ["leave.md", "假期.md"], false),
    ("怎样上传？", ["upload.md", "数据.md"], false),
    // By what no meaning knows: a code, a name.
    ("What is E4711?", ["codes.md"], true), ("E4712 是什么错误", ["代码.md"], true),
    ("显存不足", ["代码.md"], true), ("brown fox", ["noise.md"], true), ("适合散步的天气", ["杂项.md"], true),
  ]

  @Test func `what words or meaning answer is answered first by both, in either language`() async throws {
    try await Scene.run { scene in
      let indexes = try scene.makeIndexes(Bilingual())
      let model = EmbeddingModel(backend: "p", model: "bilingual")
      _ = try await indexes.create("docs", model: model, for: scene.user)
      _ = try await indexes.create("words", for: scene.user)
      for (name, text) in Self.documents {
        for index in ["docs", "words"] {
          let intake = try await indexes.begin(name, in: index, for: scene.user)
          try await intake.write(Array(text.utf8))
          _ = try await indexes.finish(intake, for: scene.user)
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await indexes.run() }
        try await scene.wait {
          try await indexes.index("docs", of: scene.user).vectors?.embedded == Self.documents.count
        }
        group.cancelAll()
      }
      for (question, answers, byWords) in Self.questions {
        let count = answers.count
        let both = try await indexes.search(question, in: "docs", of: scene.user, count: count)
        #expect(Set(both.map(\.document)) == answers, "\(question): \(both.map(\.title))")
        let words = try await indexes.search(question, in: "words", of: scene.user, count: count)
        // The words alone do not find what is said in others: the test would prove nothing of the vectors.
        #expect((Set(words.map(\.document)) == answers) == byWords, "\(question): \(words.map(\.title))")
        if byWords {
          #expect(both.first?.textRank == 1, "\(question)")
        } else {
          #expect(both.allSatisfy { $0.vectorRank != nil }, "\(question)")
        }
      }
      #expect(try await indexes.search("zzz", in: "words", of: scene.user, count: 3).isEmpty)
    }
  }
}
