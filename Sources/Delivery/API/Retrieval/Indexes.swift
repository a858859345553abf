import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// Documents that answers are looked up in.
enum Indexes {
  static func list(_ call: Call) async throws -> Response {
    let indexes = try await call.services.indexes.list(of: try call.user.id)
    return try .json(IndexListReply(indexes: indexes.map(\.wire)))
  }

  static func create(_ call: Call) async throws -> Response {
    let body = try await call.body(CreateIndexRequest.self)
    let model = try embedding(body.embedBackend, body.embedModel, body.embedAPIKey)
    let ranking = try reranker(body.rerankBackend, body.rerankModel, body.rerankAPIKey)
    return try .json(
      try await call.services.indexes.create(
        body.name, model: model, rerankedBy: ranking, for: try call.user.id
      ).wire)
  }

  static func change(_ call: Call) async throws -> Response {
    let body = try await call.body(ChangeIndexRequest.self)
    let (indexes, user, name) = (call.services.indexes, try call.user.id, try call.index)
    func given(_ backend: String?) -> String? { backend.flatMap { $0.isEmpty ? nil : $0 } }
    let ranking = try reranker(given(body.rerankBackend), body.rerankModel, body.rerankAPIKey)
    let model = try embedding(given(body.embedBackend), body.embedModel, body.embedAPIKey)
    let wanted = [body.rerankBackend != nil, body.embedBackend != nil, body.nextVectors != nil]
    guard wanted.contains(true) else {
      throw DomainError.invalid(
        "The body says nothing to change.",
        hint: "Give \"rerank_backend\", \"embed_backend\" or \"next_vectors\".")
    }
    var index = try await indexes.index(name, of: user)
    if body.rerankBackend != nil { index = try await indexes.rerank(name, by: ranking, of: user) }
    if let model {
      index = try await indexes.reembed(name, by: model, of: user)
    } else if body.embedBackend != nil {
      index = try await indexes.dropVectors(of: name, of: user)
    }
    if let change = body.nextVectors {
      index = try await indexes.change(change.meant, in: name, of: user)
    }
    return try .json(index.wire)
  }

  /// Nil where none of it is given.
  private static func embedding(
    _ backend: String?, _ model: String?, _ key: String?
  ) throws(DomainError) -> EmbeddingModel? {
    if let backend, let model {
      return EmbeddingModel(backend: backend, model: model, key: key.flatMap { $0.isEmpty ? nil : $0 })
    }
    guard backend == nil, model == nil, key == nil else {
      throw .invalid(
        "\"embed_backend\" and \"embed_model\" go together.",
        hint: "Leave both out for a search by words alone.")
    }
    return nil
  }

  /// Nil where none of it is given.
  private static func reranker(
    _ backend: String?, _ model: String?, _ key: String?
  ) throws(DomainError) -> RerankingModel? {
    if let backend, let model {
      return RerankingModel(
        backend: backend, model: model, key: key.flatMap { $0.isEmpty ? nil : $0 })
    }
    guard backend == nil, model == nil, key == nil else {
      throw .invalid(
        "\"rerank_backend\" and \"rerank_model\" go together.",
        hint: "Leave both out for the order that passages are found in.")
    }
    return nil
  }

  static func get(_ call: Call) async throws -> Response {
    try .json(try await call.services.indexes.index(try call.index, of: try call.user.id).wire)
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.services.indexes.delete(try call.index, of: try call.user.id)
    return try .json(MessageReply(message: "The index was deleted with its documents."))
  }

  static func documents(_ call: Call) async throws -> Response {
    let (index, user) = (try call.index, try call.user.id)
    let documents = try await call.services.indexes.documents(of: index, for: user)
    let failed = try await call.services.indexes.failures(of: index, for: user)
    return try .json(DocumentListReply(documents: documents.map(\.wire), failed: failed.map(\.wire)))
  }

  static func document(_ call: Call) async throws -> Response {
    let user = try call.user.id
    let id: DocumentID = try call.identifier("The document")
    let from = Int(try call.integer("from", in: 0...Int64(Int32.max), default: 0))
    let limit = Int(try call.integer("limit", in: 1...100, default: 20))
    let document = try await call.services.indexes.document(id, of: user)
    let passages = try await call.services.indexes.passages(of: id, for: user, from: from, limit: limit + 1)
    return try .json(
      DocumentDetailReply(
        document: document.wire, passages: passages.prefix(limit).map(\.wire),
        next: passages.count > limit ? passages[limit].place : nil))
  }

  static func remove(_ call: Call) async throws -> Response {
    try await call.services.indexes.remove(try call.identifier("The document"), of: try call.user.id)
    return try .json(MessageReply(message: "The document was taken out of its index."))
  }

  static func retry(_ call: Call) async throws -> Response {
    let id: DocumentID = try call.identifier("The document")
    return try added(try await call.services.indexes.retry(id, of: try call.user.id))
  }

  private static func added(_ taken: (document: IndexedDocument, isNew: Bool)) throws -> Response {
    let (document, isNew) = taken
    let found =
      document.passages == 1
      ? "\(document.name) can be found: 1 passage."
      : "\(document.name) can be found: \(document.passages) passages."
    let message = isNew ? found : "This document is there already."
    return try .json(AddedDocumentReply(document: document.wire, isNew: isNew, message: message))
  }

  static func search(_ call: Call) async throws -> Response {
    let body = try await call.body(SearchIndexRequest.self)
    let user = try call.user.id
    guard (1...4096).contains(body.query.count) else {
      throw DomainError.invalid("\"query\" has 1 to 4096 characters.")
    }
    let search = try await call.services.indexes.explainedSearch(
      body.query, in: try call.index, of: user, count: try count(body.topK, "top_k"))
    return try .json(
      SearchIndexReply(
        results: sources(search.passages), explanation: body.explain == true ? search.wire : nil))
  }

  /// How many passages a caller wants; 5 where it does not say.
  static func count(_ wanted: Int?, _ name: String) throws(DomainError) -> Int {
    let count = wanted ?? 5
    guard (1...50).contains(count) else { throw .invalid("\"\(name)\" is not a whole number from 1 to 50.") }
    return count
  }

  /// Where a question's passages are to be looked up; nil where no index is named.
  static func lookup(_ index: String?, _ count: Int?) throws(DomainError) -> IndexLookup? {
    let count = try Self.count(count, "index_top_k")
    return index.map { IndexLookup(index: $0, count: count) }
  }

  /// The same for a message of a conversation: where it names none, the conversation's own; nowhere for an empty name.
  static func lookup(
    ofMessage index: String?, _ count: Int?
  ) throws(DomainError) -> OutgoingMessage.Lookup {
    if index == "" { return .nowhere }
    return try lookup(index, count).map { .index($0) } ?? .remembered
  }

  /// - Parameter answer: where there is one, each source says whether it is cited there.
  static func sources(_ found: [FoundPassage], of answer: String? = nil) -> [SourceReply] {
    let cited = answer.map { SourcesBlock.cited(in: $0, of: found.count) }
    return found.enumerated().map { place, passage in
      SourceReply(
        number: place + 1, documentID: passage.documentID.rawValue, document: passage.document,
        title: passage.title, score: passage.score, textRank: passage.textRank,
        vectorRank: passage.vectorRank, rerankScore: passage.rerankScore, passage: passage.passage.wire,
        cited: cited.map { $0.contains(place + 1) })
    }
  }

  /// Takes a multipart form with one file.
  ///
  /// What is wrong with the document is kept in the index's list; what is wrong with the form is not.
  static func add(_ call: Call) async throws -> Response {
    let user = try call.user.id
    let indexes = call.services.indexes
    let size = try call.integer("size", in: 0...Int64.max, default: 0)
    // Before the body is looked at: what is another's is not found, whatever is sent to it.
    let index = try await indexes.index(try call.index, of: user).id.rawValue
    let named = call.request.target.query["name"]
    if let named, size > TextKind(filename: named).mostBytes {
      throw try await indexes.refuse(
        named, in: index, size: size, because: DocumentIntake.tooLarge(TextKind(filename: named)), for: user)
    }
    guard let type = call.request.fields["Content-Type"],
      MediaType(parsing: type)?.essence == "multipart/form-data"
    else {
      throw DomainError(
        .unsupportedMedia, "The body must be a form with a file.",
        hint: "Send multipart/form-data with the file in the part \"file\".")
    }
    let expected = Int64(call.request.fields["Content-Length"] ?? "") ?? 0
    var parser = try MultipartParser(contentType: type)
    var intake: DocumentIntake?
    var isInFile = false
    func take(_ event: MultipartEvent) async throws {
      switch event {
      case .partBegan(let part):
        isInFile = part.filename != nil && part.name == "file"
        guard isInFile, let filename = part.filename else { return }
        guard intake == nil else {
          throw DomainError.invalid("The form has more than one file.", hint: "Add them one by one.")
        }
        intake = try await indexes.begin(
          named ?? filename, in: index, for: user, expecting: expected)
      case .data(let bytes): if isInFile { try await intake?.write(bytes) }
      case .partEnded: isInFile = false
      }
    }
    do {
      for try await bytes in call.request.body {
        for event in try parser.feed(bytes) { try await take(event) }
      }
    } catch  where isTooLarge(error) {
      let name = intake?.name ?? named
      let tooLarge = DocumentIntake.tooLarge(TextKind(filename: name ?? ""))
      guard let name else { throw tooLarge }
      throw try await indexes.refuse(name, in: index, size: expected, because: tooLarge, for: user)
    }
    try parser.finish()
    guard let intake else {
      throw DomainError.invalid("The form has no file.", hint: "Send the file in a part called \"file\".")
    }
    return try added(try await indexes.finish(intake, for: user))
  }

  private static func isTooLarge(_ error: any Error) -> Bool {
    (error as? HTTPError)?.code == .bodyTooLarge || (error as? DomainError)?.code == .tooLarge
  }
}

extension Call {
  /// An index's identifier or name, of the path.
  fileprivate var index: String {
    get throws(DomainError) { parameter }
  }
}

extension IndexSearch {
  fileprivate var wire: SearchExplanationReply {
    SearchExplanationReply(
      words: words, byText: byText, byVector: byVector, vectorProblem: vectorProblem, reranked: reranked,
      rerankProblem: rerankProblem,
      leftOut: leftOut.map { left in
        .init(
          title: left.passage.title, score: left.passage.score, textRank: left.passage.textRank,
          vectorRank: left.passage.vectorRank, rerankScore: left.passage.rerankScore,
          because: left.because == .ofItsDocument ? .ofItsDocument : .beyondTopK)
      })
  }
}

extension NextVectorsChange {
  fileprivate var meant: IndexService.ReembeddingChange {
    switch self {
    case .pause: .pause
    case .resume: .resume
    case .stop: .stop
    }
  }
}

extension RetrievalIndex {
  fileprivate var wire: IndexReply {
    IndexReply(
      indexID: id.rawValue, name: name, documents: documents, passages: passages, size: size,
      failed: failed, createdAt: createdAt.iso8601,
      vectors: vectors.map {
        IndexVectorsReply(
          backend: $0.model.backend, model: $0.model.model, embedded: $0.embedded,
          refused: $0.refused > 0 ? $0.refused : nil, dimensions: $0.dimensions,
          problem: $0.problem)
      },
      nextVectors: next.map {
        NextVectorsReply(
          backend: $0.model.backend, model: $0.model.model, state: $0.state == .paused ? .paused : .making,
          embedded: $0.embedded, problem: $0.problem)
      }, reranker: reranker.map { IndexRerankerReply(backend: $0.backend, model: $0.model) })
  }
}

extension IndexedDocument {
  fileprivate var wire: DocumentReply {
    DocumentReply(
      documentID: id.rawValue, indexID: indexID.rawValue, name: name,
      kind: DocumentKind(rawValue: kind.rawValue) ?? .plain, contentHash: contentHash, size: size,
      passages: passages, createdAt: createdAt.iso8601, refused: refused > 0 ? refused : nil, refusal: refusal
    )
  }
}

extension FailedDocument {
  fileprivate var wire: FailedDocumentReply {
    FailedDocumentReply(
      documentID: id.rawValue, indexID: indexID.rawValue, name: name,
      kind: DocumentKind(rawValue: kind.rawValue) ?? .plain, size: size, code: reason.code.rawValue,
      error: reason.message, hint: reason.hint, triedAt: triedAt.iso8601, canRetry: isKept)
  }
}

extension Passage {
  fileprivate var wire: PassageReply {
    PassageReply(place: place, headings: headings, page: page, text: text)
  }
}
