/// `PATCH /api/indexes/{index_id}`: its reranker, its embedding model, or what becomes of vectors on their way; what is
/// left out stays.
package struct ChangeIndexRequest: Codable, Sendable {
  /// As in `POST /api/indexes`; an empty one takes the reranker away.
  package let rerankBackend: String?
  package let rerankModel: String?
  package let rerankAPIKey: String?
  /// As in `POST /api/indexes`: all vectors are made anew, and take the place of those before when they are complete.
  ///
  /// An empty one has the index searched by words alone.
  package let embedBackend: String?
  package let embedModel: String?
  package let embedAPIKey: String?
  /// What becomes of the vectors that another model is making.
  package let nextVectors: NextVectorsChange?

  package init(
    rerankBackend: String? = nil, rerankModel: String? = nil, rerankAPIKey: String? = nil,
    embedBackend: String? = nil, embedModel: String? = nil, embedAPIKey: String? = nil,
    nextVectors: NextVectorsChange? = nil
  ) {
    self.rerankBackend = rerankBackend
    self.rerankModel = rerankModel
    self.rerankAPIKey = rerankAPIKey
    self.embedBackend = embedBackend
    self.embedModel = embedModel
    self.embedAPIKey = embedAPIKey
    self.nextVectors = nextVectors
  }

  private enum CodingKeys: String, CodingKey {
    case rerankBackend = "rerank_backend", rerankModel = "rerank_model", rerankAPIKey = "rerank_api_key"
    case embedBackend = "embed_backend", embedModel = "embed_model", embedAPIKey = "embed_api_key"
    case nextVectors = "next_vectors"
  }
}

/// `pause`: it rests until `resume`; `stop`: the index keeps the vectors that it has.
package enum NextVectorsChange: String, WireEnum { case pause, resume, stop }

package enum NextVectorsState: String, WireEnum { case making, paused }

/// How far the vectors of the model are that an index is to have.
package struct NextVectorsReply: Codable, Sendable {
  package let backend: String
  package let model: String
  package let state: NextVectorsState
  /// Passages that the model was asked for; when it is all of the index's, the new vectors take their place.
  package let embedded: Int
  /// Why there are no more for now; it is tried again each minute.
  package let problem: String?

  package init(backend: String, model: String, state: NextVectorsState, embedded: Int, problem: String?) {
    self.backend = backend
    self.model = model
    self.state = state
    self.embedded = embedded
    self.problem = problem
  }
}
