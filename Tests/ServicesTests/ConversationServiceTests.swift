import Concurrency
import Domain
import Persistence
import SQLAccess
import SQLiteDriver
import Services
import Synchronization
import Testing

/// B2, B3: replies that belong to the server, over real stores and a scripted model.
struct ConversationServiceTests {
  @Test func `what came of a reply survives a crash, marked as interrupted`() async throws {
    try await Scene.run { scene in
      let conversation = try await scene.service.create(for: scene.user)
      scene.model.pieces = ["half ", "of it"]
      scene.model.pause = Gate()
      _ = try await scene.service.send(
        OutgoingMessage(content: "Tell me"), in: conversation.id, for: ChatCaller(scene.user))
      // Saved while it is being written, by a service that then says no more.
      try await scene.wait {
        try await scene.messages.tree(of: conversation.id, owner: scene.user)?.path.last?.content
          == "half of it"
      }
      let next = try scene.makeService()
      try await next.recover()
      let path = try await next.history(of: conversation.id, for: scene.user)
      #expect(path.map(\.content) == ["Tell me", "half of it"])
      #expect(path.last?.state == .interrupted)
      await scene.service.endAll()
      #expect(try await next.history(of: conversation.id, for: scene.user).last?.state == .interrupted)
    }
  }

  @Test func `two messages at once make one reply`() async throws {
    try await Scene.run { scene in
      let conversation = try await scene.service.create(for: scene.user)
      scene.model.pause = Gate()
      let results = await withTaskGroup(of: DomainError.Code?.self) { group in
        for _ in 0..<8 {
          group.addTask {
            do throws(DomainError) {
              _ = try await scene.service.send(
                OutgoingMessage(content: "Hi"), in: conversation.id, for: ChatCaller(scene.user))
              return nil
            } catch { return error.code }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.count { $0 == nil } == 1 && results.count { $0 == .conflict } == 7)
      #expect(try await scene.messages.tree(of: conversation.id, owner: scene.user)?.path.count == 2)
      await scene.service.endAll()
    }
  }

  @Test func `a reply can be read by many, from any place on`() async throws {
    try await Scene.run { scene in
      let conversation = try await scene.service.create(for: scene.user)
      scene.model.pieces = ["a", "b", "c"]
      let reply = try await scene.service.send(
        OutgoingMessage(content: "Hi"), in: conversation.id, for: ChatCaller(scene.user))
      async let one = reply.whole()
      async let other = reply.whole()
      #expect(try await [one, other] == ["abc", "abc"])
      #expect(try await reply.next(after: 1).pieces == ["b", "c"])
      let end = try await reply.next(after: 3)
      guard case .complete? = end.end else { return #expect(Bool(false), "no end") }
    }
  }

  @Test func `the context is fitted to the model's window`() async throws {
    try await Scene.run(contextTokens: 300) { scene in
      let conversation = try await scene.service.create(for: scene.user)
      for number in 0..<6 {
        let text = "\(number)" + String(repeating: "字", count: 60)
        let reply = try await scene.service.send(
          OutgoingMessage(content: text, maxTokens: 100), in: conversation.id, for: ChatCaller(scene.user))
        _ = try await reply.whole()
      }
      let turns = try #require(scene.model.requests.last?.turns)
      #expect(turns.first?.role == .user && turns.last?.content.first == "5")
      // 65 tokens for the question, 70 for each exchange before it, of 200.
      #expect(turns.count == 3)
      #expect(turns.reduce(0) { $0 + ContextWindow.tokens(in: $1.content) } <= 200)
      #expect(try await scene.service.history(of: conversation.id, for: scene.user).count == 12)
    }
  }

  @Test func `a deleted conversation takes its reply along`() async throws {
    try await Scene.run { scene in
      let conversation = try await scene.service.create(for: scene.user)
      scene.model.pause = Gate()
      let reply = try await scene.service.send(
        OutgoingMessage(content: "Hi"), in: conversation.id, for: ChatCaller(scene.user))
      try await scene.service.delete(conversation.id, for: scene.user)
      guard case .stopped? = try await reply.next(after: 2).end else { return #expect(Bool(false), "no end") }
      try await scene.wait { scene.model.closed == 1 }
      #expect(try await scene.service.list(of: scene.user).conversations == [])
    }
  }
}

/// A model that says what it is told to.
final class ScriptedModel: ModelCalling {
  private struct State {
    var pieces = ["x", "y"]
    var pause: Gate?
    var closed = 0
    var requests: [GenerationRequest] = []
  }
  private let state = Mutex(State())

  var pieces: [String] {
    get { state.withLock { $0.pieces } }
    set { state.withLock { $0.pieces = newValue } }
  }
  /// After the last piece, before the end.
  var pause: Gate? {
    get { state.withLock { $0.pause } }
    set { state.withLock { $0.pause = newValue } }
  }
  var closed: Int { state.withLock { $0.closed } }
  var requests: [GenerationRequest] { state.withLock { $0.requests } }

  func loadAdapter(_ folder: String, named name: String, at address: EngineAddress) async throws(DomainError)
  {}

  func models(at address: EngineAddress) async throws(DomainError) -> [String] { [address.model] }

  func reply(to request: GenerationRequest, at address: EngineAddress) async throws(DomainError)
    -> GenerationResult
  {
    GenerationResult(
      content: pieces.joined(), finishReason: "stop", promptTokens: nil, completionTokens: nil)
  }

  func stream(
    _ request: GenerationRequest, at address: EngineAddress, receive: (String) async throws -> Void
  ) async throws -> GenerationResult {
    state.withLock { $0.requests.append(request) }
    do {
      for piece in pieces { try await receive(piece) }
      try await pause?.wait()
    } catch {
      state.withLock { $0.closed += 1 }
      throw error
    }
    return try await reply(to: request, at: address)
  }
}

/// No hosts: what is asked here goes to a preset.
private struct NoHosts: HostFleet {
  func hosts() async -> [any Host] { [] }
  func host(_ id: HostID) async throws(DomainError) -> any Host { throw .notFound("The host") }
}

/// A service over an empty database in memory.
struct Scene: Sendable {
  let database: any SQLDatabase
  let user: UserID
  let model = ScriptedModel()
  /// What is kept of documents that failed.
  let files = FilesInMemory()
  let service: ConversationService
  var messages: MessageStore { MessageStore(database) }
  private let contextTokens: Int

  private static let clock = WallClock { Timestamp(milliseconds: 1_800_000_000_000) }

  static func run(contextTokens: Int = 8192, _ body: (Scene) async throws -> Void) async throws {
    let database = try await SQLiteDatabase(SQLiteConfiguration(.memory))
    try await Schema.migrate(database, now: 1)
    let user = UserAccount(
      id: .make(), username: "ann", email: "ann@example.org", passwordHash: "-", role: .user,
      tokenGeneration: 1, createdAt: clock.now())
    _ = try await UserStore(database).insert(user)
    try await body(try Scene(database, user.id, contextTokens))
    await database.close()
  }

  private init(_ database: any SQLDatabase, _ user: UserID, _ contextTokens: Int) throws {
    self.database = database
    self.user = user
    self.contextTokens = contextTokens
    service = try Self.makeService(database, model, contextTokens)
  }

  /// The server after a restart.
  func makeService() throws -> ConversationService {
    try Self.makeService(database, ScriptedModel(), contextTokens)
  }

  private static func makeService(
    _ database: any SQLDatabase, _ model: ScriptedModel, _ contextTokens: Int
  ) throws -> ConversationService {
    let events = EventBus(store: EventStore(database))
    let runtime = ModelRuntime(
      services: ServiceStore(database, clock: clock, seal: plain), loadTimes: LoadTimeStore(database),
      fleet: NoHosts(), gpus: ServiceGPUs(tasks: TaskStore(database, clock: clock, models: KnownModels())),
      calling: model, events: events, clock: clock, log: .silent, settings: .init())
    let backends = try backends(database, contextTokens)
    return ConversationService(
      conversations: ConversationStore(database), messages: MessageStore(database),
      searching: MessageSearch(database),
      configs: ChatConfigService(
        configs: UserConfigStore(database, seal: plain), backends: backends, clock: clock),
      chat: ChatService(
        backends: backends, runtime: runtime, calling: model,
        ledger: UsageLedger(store: UsageStore(database), clock: clock, log: .silent)),
      indexes: try indexes(database, NoEmbedding()), clock: clock, log: .silent, keeping: 500)
  }

  private static let plain = ColumnSeal(seal: { bytes, _ in bytes }, open: { bytes, _ in bytes })

  private static func backends(_ database: any SQLDatabase, _ contextTokens: Int) throws -> BackendCatalog {
    let catalog = ModelCatalog(
      models: ModelStore(database, clock: clock, known: KnownModels()), fleet: NoHosts(),
      events: EventBus(store: EventStore(database)), clock: clock, sharedFolders: [])
    let preset = ChatPreset(
      id: "p", name: "P", url: try UpstreamURL("http://127.0.0.1:9/v1"), model: "m", key: nil)
    return BackendCatalog(catalog: catalog, presets: [preset], contextTokens: contextTokens)
  }

  /// The service of indexes as a server that starts now has it.
  func makeIndexes(
    _ embedding: any TextEmbedding, _ ranking: any TextRanking = NoRanking()
  ) throws -> IndexService {
    try Self.indexes(database, embedding, ranking, files)
  }

  private static func indexes(
    _ database: any SQLDatabase, _ embedding: any TextEmbedding, _ ranking: any TextRanking = NoRanking(),
    _ files: FilesInMemory = FilesInMemory()
  ) throws -> IndexService {
    try IndexService(
      indexes: IndexStore(database, seal: plain), documents: IndexDocumentStore(database),
      searching: PassageSearch(database), vectors: VectorStore(database, seal: plain),
      changing: VectorChange(database, seal: plain),
      unread: UnreadDocuments(
        store: FailedDocumentStore(database), files: files, clock: clock, log: .silent),
      embedder: PassageEmbedder(
        backends: try backends(database, 8192), calling: embedding,
        local: HostEmbedding(backends: try backends(database, 8192), fleet: NoHosts(), script: []),
        ledger: UsageLedger(store: UsageStore(database), clock: clock, log: .silent)),
      reranker: PassageReranker(
        backends: try backends(database, 8192), calling: ranking,
        ledger: UsageLedger(store: UsageStore(database), clock: clock, log: .silent)),
      quotas: UserQuotas(
        everyone: UserQuota(), holdings: HoldingsStore(database), users: UserStore(database)),
      digest: { SumDigest() }, pdf: files.pdf, inflating: NoInflating(), clock: clock, log: .silent)
  }

  func wait(until isSo: () async throws -> Bool) async throws {
    for _ in 0..<2000 {
      if try await isSo() { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("it never came about")
  }
}

/// Tells texts apart, and is no real digest.
private final class SumDigest: ContentDigest {
  private var sum: UInt64 = 0

  func update(_ bytes: [UInt8]) { for byte in bytes { sum = sum &* 31 &+ UInt64(byte) } }
  func finish() -> String { String(sum, radix: 16) }
}

/// Gives no text a score.
struct NoRanking: TextRanking {
  func scores(of texts: [String], for question: String, at address: EngineAddress, limit: Double) -> [Double?]
  { [] }
}

private struct NoEmbedding: TextEmbedding {
  func vectors(of texts: [String], at address: EngineAddress, limit: Double) -> [[Float]] { [] }
}

private struct NoInflating: Inflating {
  func unpack(
    _ packed: [UInt8], in range: Range<Int>, limit: Int, _ take: ([UInt8]) -> Void
  ) throws(InflateFailure) {
    throw .damaged
  }
}
