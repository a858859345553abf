@testable import API
import Contract
import Domain
import HTTPFetching
import HTTPWire
import Testing

/// Every route, asked about what belongs to one user by everyone who may come: what each is answered, and that
/// nobody but the owner sees any of it.
///
/// A new route fails here until it has its row.
@Suite struct CallerTableTests {
  /// Who asks, in the order of the columns.
  ///
  /// A thing that can be deleted is asked for last by those who may.
  private enum Caller: CaseIterable {
    case nobody
    /// The owner's token that was ended.
    case revokedToken
    /// A key of the owner's that was deleted.
    case deletedKey
    case other, administrator
    case ownersKey, owner

    var isOwner: Bool { self == .owner || self == .ownersKey }
  }

  /// Statuses: nobody, revoked token, deleted key, other user, administrator, owner's key, owner.
  private static let table = """
    register             200 200 200 200 200 200 200
    login                200 200 200 200 200 200 200
    me                   401 401 401 200 200 200 200
    myQuota              401 401 401 200 200 200 200
    listKeys             401 401 401 200 200 200 200
    createKey            401 401 401 200 200 200 200
    listUsers            401 401 401 403 200 403 403
    createUser           401 401 401 403 200 403 403
    getUser              401 401 401 403 200 403 403
    changeUser           401 401 401 403 200 403 403
    setUserPassword      401 401 401 403 200 403 403
    uploadDataset        401 401 401 200 200 200 200
    listDatasets         401 401 401 200 200 200 200
    getDataset           401 401 401 404 404 200 200
    downloadDataset      401 401 401 404 404 200 200
    datasetVersions      401 401 401 404 404 200 200
    beginUpload          401 401 401 200 200 200 200
    listUploads          401 401 401 200 200 200 200
    getUpload            401 401 401 404 404 200 200
    uploadPart           401 401 401 404 404 200 409
    renderRows           401 401 401 404 404 503 503
    prepareDataset       401 401 401 404 404 200 200
    datasetStats         401 401 401 404 404 200 200
    listModels           401 401 401 200 200 200 200
    addModel             401 401 401 200 200 200 200
    getModel             401 401 401 404 404 200 200
    changeModel          401 401 401 404 404 200 200
    downloadModel        401 401 401 404 404 200 200
    listModelFiles       401 401 401 404 404 200 200
    downloadModelFile    401 401 401 404 404 422 422
    availableModels      401 401 401 200 200 200 200
    sharedModels         401 401 401 200 200 200 200
    submitTask           401 401 401 404 404 200 200
    previewTask          401 401 401 404 404 200 200
    estimateTask         401 401 401 404 404 200 200
    trainingOptions      401 401 401 200 200 200 200
    listTasks            401 401 401 200 200 200 200
    getTask              401 401 401 404 404 200 200
    changeTask           401 401 401 404 404 409 409
    cancelTask           401 401 401 404 404 409 409
    retryTask            401 401 401 404 404 200 409
    taskLogs             401 401 401 404 404 200 200
    streamTaskLogs       401 401 401 404 404 200 200
    taskMetrics          401 401 401 404 404 200 200
    streamTaskMetrics    401 401 401 404 404 200 200
    taskGPUs             401 401 401 404 404 200 200
    chatCompletion       401 401 401 200 200 200 200
    listServices         401 401 401 200 200 200 200
    startService         401 401 401 200 200 200 200
    openAIChat           401 401 401 200 200 200 200
    openAICompletion     401 401 401 200 200 200 200
    openAIEmbeddings     401 401 401 200 200 200 200
    openAIModels         401 401 401 200 200 200 200
    openAIModel          401 401 401 404 404 404 404
    usage                401 401 401 200 200 200 200
    createConversation   401 401 401 200 200 200 200
    listConversations    401 401 401 200 200 200 200
    searchConversations  401 401 401 200 200 200 200
    exportConversations  401 401 401 200 200 200 200
    importConversations  401 401 401 422 422 422 422
    exportConversation   401 401 401 404 404 200 200
    exportMarkdown       401 401 401 404 404 200 200
    getConversation      401 401 401 404 404 200 200
    updateConversation   401 401 401 404 404 200 200
    selectBranch         401 401 401 404 404 200 200
    regenerateReply      401 401 401 404 404 200 200
    resumeReply          401 401 401 404 404 409 409
    conversationHistory  401 401 401 404 404 200 200
    sendMessage          401 401 401 404 404 200 200
    getChatConfig        401 401 401 200 200 200 200
    setChatConfig        401 401 401 200 200 200 200
    listChatModels       401 401 401 200 200 200 200
    scanModels           401 401 401 200 200 200 200
    verifyModel          401 401 401 404 404 200 200
    modelArchive         401 401 401 404 404 200 200
    archiveModel         401 401 401 404 404 200 200
    mergeModel           401 401 401 404 404 200 200
    modelStatus          401 401 401 404 404 200 200
    loadModel            401 401 401 404 404 200 200
    generate             401 401 401 200 200 200 200
    listPresets          401 401 401 200 200 200 200
    createPreset         401 401 401 200 200 200 200
    changePreset         401 401 401 404 404 200 200
    recordComparison     401 401 401 200 200 200 200
    listComparisons      401 401 401 200 200 200 200
    exportComparisons    401 401 401 200 200 200 200
    listIndexes          401 401 401 200 200 200 200
    createIndex          401 401 401 200 200 200 200
    getIndex             401 401 401 404 404 200 200
    changeIndex          401 401 401 404 404 200 200
    listDocuments        401 401 401 404 404 200 200
    addDocument          401 401 401 404 404 200 200
    searchIndex          401 401 401 404 404 200 200
    getDocument          401 401 401 404 404 200 200
    retryDocument        401 401 401 404 404 200 200
    pipelineSchema       200 200 200 200 200 200 200
    planPipeline         401 401 401 200 200 200 200
    runPipeline          401 401 401 200 200 200 200
    listPipelines        401 401 401 200 200 200 200
    getPipeline          401 401 401 404 404 200 200
    cancelPipeline       401 401 401 404 404 409 409
    resumePipeline       401 401 401 404 404 409 409
    listHosts            401 401 401 200 200 200 200
    getHost              401 401 401 200 200 200 200
    addHost              401 401 401 403 200 403 403
    changeHost           401 401 401 403 409 403 403
    removeHost           401 401 401 403 409 403 403
    testNewHost          401 401 401 403 200 403 403
    testHost             401 401 401 403 409 403 403
    trustHost            401 401 401 403 409 403 403
    setUpHost            401 401 401 403 409 403 403
    hostSetup            401 401 401 403 200 403 403
    stopHostSetup        401 401 401 403 409 403 403
    streamHostSetup      401 401 401 403 200 403 403
    hostDoctor           401 401 401 200 200 200 200
    events               401 401 401 200 200 200 200
    health               200 200 200 200 200 200 200
    metrics              401 401 401 403 200 403 403
    openAPI              200 200 200 200 200 200 200
    docs                 200 200 200 200 200 200 200
    home                 200 200 200 200 200 200 200
    page                 200 200 200 200 200 200 200
    pageAt               200 200 200 200 200 200 200
    pageAsset            404 404 404 404 404 404 404
    stopReply            401 401 401 404 404 409 409
    stopMerge            401 401 401 404 404 409 409
    stopRestore          401 401 401 404 404 409 409
    removeModelArchive   401 401 401 404 404 200 404
    restoreModel         401 401 401 404 404 409 409
    unloadModel          401 401 401 404 404 200 200
    stopService          401 401 401 404 404 404 404
    clearChat            401 401 401 404 404 200 200
    completeUpload       401 401 401 404 404 409 409
    discardUpload        401 401 401 404 404 200 404
    deletePipeline       401 401 401 404 404 200 404
    deleteDocument       401 401 401 404 404 200 404
    deleteIndex          401 401 401 404 404 200 404
    deletePreset         401 401 401 404 404 200 404
    deleteComparison     401 401 401 404 404 200 404
    deleteConversation   401 401 401 404 404 200 404
    deleteModel          401 401 401 404 404 200 404
    deleteTask           401 401 401 404 404 409 409
    deleteDataset        401 401 401 404 404 409 409
    removeUser           401 401 401 403 200 403 403
    deleteKey            401 401 401 404 404 200 404
    changePassword       401 401 401 200 200 200 401
    logoutEverywhere     401 401 401 200 200 200 401
    removeMe             401 401 401 200 409 200 401
    """

  /// What administrators see of everyone: their accounts, and the models that are loaded.
  private static let administrators: Set<String> = [
    "listUsers", "getUser", "changeUser", "setUserPassword", "removeUser", "listServices",
    "stopService",
  ]
  /// What takes something away, or changes who the callers are, in the order it can be asked for.
  private static let last = [
    "stopReply", "stopMerge", "stopRestore", "removeModelArchive", "restoreModel", "unloadModel",
    "stopService", "clearChat",
    "completeUpload", "discardUpload",
    "deletePipeline", "deleteDocument", "deleteIndex",
    "deletePreset", "deleteComparison", "deleteConversation", "deleteModel", "deleteTask", "deleteDataset",
    "removeUser", "deleteKey", "changePassword", "logoutEverywhere", "removeMe",
  ]

  private static func rows() throws -> [String: [Int]] {
    var rows: [String: [Int]] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ")
      try #require(rows[String(words[0])] == nil, "\(words[0]) has two rows")
      rows[String(words[0])] = words.dropFirst().compactMap { Int($0) }
    }
    return rows
  }

  private static func ordered(_ endpoints: [Endpoint]) -> [Endpoint] {
    endpoints.filter { !last.contains($0.name) }
      + last.compactMap { name in endpoints.first { $0.name == name } }
  }

  @Test func `each caller of each route is answered as the table says, and sees nothing of another's`()
    async throws
  {
    let rows = try Self.rows()
    let endpoints = Self.ordered(Routes.table(maximumUpload: 1000))
    #expect(Set(rows.keys).subtracting(endpoints.map(\.name)) == [], "rows of routes that are gone")
    try await TestServer.run { server in
      let admin = try await server.register("admin")
      let ada = try await server.register("ada")
      let bob = try await server.register("bob")
      let eve = try await server.register("eve")
      let owner = try await Belongings.furnish(server, ada)
      let deleted = try await server.send(.post, "/api/auth/keys", .json(["name": "gone"]), as: ada)
      _ = try await server.send(.delete, "/api/auth/keys/\(deleted.string("key_id"))", as: ada)
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "mine"]), as: ada).string("key")
      _ = try await server.send(.post, "/api/auth/logout-everywhere", as: ada)
      var tokens: [Caller: String] = [
        .revokedToken: ada.token, .deletedKey: try deleted.string("key"), .ownersKey: key,
      ]
      var number = 0
      for endpoint in endpoints {
        if endpoint.name == endpoints[0].name || Self.last.suffix(3).contains(endpoint.name) {
          // Those end the tokens there are.
          for (caller, user) in [(Caller.owner, ada), (.other, bob), (.administrator, admin)] {
            tokens[caller] = try await server.login(user.name)
          }
        }
        var found: [Int] = []
        for caller in Caller.allCases {
          number += 1
          let answer = try await Self.ask(
            server, endpoint, number, owner: owner, subject: eve.id, token: tokens[caller])
          found.append(answer.status)
          guard !caller.isOwner else { continue }
          if caller == .administrator, Self.administrators.contains(endpoint.name) { continue }
          // What the caller sent may be told again.
          let told = answer.text.replacing("hidden-data.json", with: "")
          for secret in owner.secrets {
            #expect(!told.contains(secret), "\(endpoint.name) shows \(secret) to \(caller)")
          }
        }
        #expect(
          found == rows[endpoint.name],
          "the row is: \(endpoint.name) \(found.map(String.init).joined(separator: " "))")
      }
    }
  }

  /// Asks about the owner's thing, or for one like it.
  private static func ask(
    _ server: TestServer, _ endpoint: Endpoint, _ number: Int, owner: Belongings, subject: String,
    token: String?
  ) async throws -> (status: Int, text: String) {
    let others = ["host_id": "local", "user_id": subject, "path": "tasks"]
    let parameter = endpoint.parameters.first ?? ""
    let path = try server.document.operation(endpoint.name).path(
      owner.ids[parameter] ?? others[parameter] ?? "none")
    let body: Body
    switch endpoint.body {
    case nil: body = .none
    case .file: body = .form(.file("row-\(number).json", TestServer.alpaca))
    case .bytes: body = .raw("[]", type: "application/octet-stream")
    case .json:
      var fields = try BadInputTests.goodBody(endpoint.name, number).fields
      for (name, value) in ["session_id": "session_id", "message_id": "message_id"] where fields[name] != nil
      {
        fields[name] = .string(owner.ids[value] ?? "none")
      }
      if fields["dataset_path"] != nil { fields["dataset_path"] = "hidden-data.json" }
      if endpoint.name == "login" { fields["username_or_email"] = "eve" }
      body = .json(.object(fields))
    }
    if case .events = endpoint.answer {
      return try await glance(server, endpoint.method, path, body, token)
    }
    let answer = try await server.send(endpoint.method, path, body, token: token)
    return (answer.status, answer.text)
  }

  /// The beginning of a stream, which may have no end.
  private static func glance(
    _ server: TestServer, _ method: HTTPMethod, _ path: String, _ body: Body, _ token: String?
  ) async throws -> (status: Int, text: String) {
    var request = FetchRequest(method, server.base + path)
    request.totalTimeout = .seconds(60)
    if let token { request.fields["Authorization"] = "Bearer \(token)" }
    if case .json(let value) = body {
      request.fields["Content-Type"] = "application/json"
      request.body = .bytes(value.bytes)
    }
    let sent = request
    return try await server.client.withResponse(sent) { response in
      let first = try await response.body.next() ?? []
      return (response.status.code, String(decoding: first, as: UTF8.self))
    }
  }
}
