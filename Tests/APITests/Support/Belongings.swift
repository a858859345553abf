import Contract
import HTTPWire
import Testing

/// What one user has: every identifier there is, and names that must not be seen by others.
struct Belongings: Sendable {
  let user: User
  let ids: [String: String]
  let adapter: String
  let secrets: [String]

  static func furnish(_ server: TestServer, _ user: User) async throws -> Belongings {
    let dataset = try await server.upload("hidden-data.json", as: user)
    let before = server.host.launched.count
    let task = try await server.submit(
      ["name": "hidden-task", "dataset_path": "hidden-data.json"], as: user)
    let job = try await server.launched(before + 1)
    server.host.complete(job)
    let done = try await server.wait(task, for: "completed", as: user)
    let adapter = server.host.output(of: job)
    let model = try #require(done["model_id"]?.string)
    let service = try await server.send(
      .post, "/api/services", .json(["model_path": .string(adapter)]), as: user)
    let key = try await server.send(.post, "/api/auth/keys", .json(["name": "hidden-key"]), as: user)
    let session = try await server.send(.post, "/conversations", as: user).string("session_id")
    _ = try await server.send(
      .post, "/api/config",
      .json([
        "model_type": "custom", "custom_api_url": "http://127.0.0.1:9/hidden-url",
        "custom_model": "hidden-name",
        "custom_api_key": "sk-hidden-engine-key",
      ]), as: user)
    let said = try await server.send(
      .post, "/chat", .json(["session_id": .string(session), "message": "hidden-words of mine"]), as: user)
    #expect(said.status == 200, "\(said.text)")
    let history = try await server.send(.get, "/conversations/\(session)/history", as: user)
    let message = try #require(history.json["messages"]?[0]?["message_id"]?.string)
    _ = try await server.send(
      .patch, "/conversations/\(session)", .json(["tags": ["hidden-tag"], "title": "hidden-title"]), as: user)
    let preset = try await server.send(
      .post, "/api/chat/presets",
      .json([
        "name": "hidden-preset", "settings": ["system_prompt": "hidden-prompt"], "model": "hidden-model",
      ]),
      as: user)
    let comparison = try await server.send(
      .post, "/api/comparisons",
      .json([
        "prompt": "hidden-question", "verdict": "best", "winner": 0,
        "replies": [
          ["model": "hidden-one", "content": "hidden-best"],
          ["model": "hidden-two", "content": "hidden-worst"],
        ],
      ]), as: user)
    let (presetID, comparisonID) = (
      try preset.string("preset_id"), try comparison.string("comparison_id")
    )
    let upload = try await server.send(
      .post, "/api/datasets/uploads", .json(["filename": "hidden-parts.jsonl", "size": 100]), as: user
    ).string("upload_id")
    let index = try await server.send(.post, "/api/indexes", .json(["name": "hidden-index"]), as: user)
      .string("index_id")
    let document = try await server.send(
      .post, "/api/indexes/hidden-index/documents", .form(.file("hidden-page.md", "hidden-passage of mine")),
      as: user)
    let documentID = try #require(document.json["document"]?["document_id"]?.string)
    let pipeline = try await server.send(
      .post, "/api/pipelines",
      .json([
        "text": "name: hidden-pipeline\nsteps:\n  - kind: notify\n    message: hidden-notice"
      ]), as: user
    ).string("pipeline_id")
    _ = try await server.waitUntil("the pipeline has completed") {
      let answer = try await server.send(.get, "/api/pipelines/\(pipeline)", as: user)
      return answer.json["status"] == "completed" ? true : nil
    }
    return Belongings(
      user: user,
      ids: [
        "file_id": dataset, "task_id": task, "model_id": model, "key_id": try key.string("key_id"),
        "service_id": try service.string("service_id"), "session_id": session, "name": model,
        "message_id": message, "preset_id": presetID, "comparison_id": comparisonID,
        "upload_id": upload, "index_id": index, "document_id": documentID, "pipeline_id": pipeline,
      ], adapter: adapter,
      secrets: [
        "hidden-", user.id, task, dataset, model, session, message, presetID, comparisonID,
        upload, index, documentID, pipeline,
      ])
  }
}
