import Domain
import SQLAccess

/// Where the vectors for a goal lie, and which columns count them.
///
/// An index has two sides: one that it is searched by, and one on which the vectors of another model come to be.
struct VectorSide {
  let side: Int
  let isNext: Bool

  static func table(_ side: Int) -> SQL {
    "\(identifier: side == 0 ? "passage_vectors" : "passage_vectors_b")"
  }

  var table: SQL { Self.table(side) }
  /// Of documents.
  var embedded: SQL { isNext ? "next_embedded" : "embedded" }
  var refused: SQL { isNext ? "next_refused" : "refused" }
  var refusal: SQL { isNext ? "next_refusal" : "refusal" }
  /// Of indexes.
  var problem: SQL { isNext ? "next_problem" : "embed_problem" }
  var dimensions: SQL { isNext ? "next_dimensions" : "dimensions" }

  /// What an index is searched by; nil where it is gone.
  init?(of index: IndexID, _ transaction: any SQLTransaction) throws {
    let side: Int? = try transaction.value(
      "SELECT vector_side FROM retrieval_indexes WHERE id = \(index) AND embed_model IS NOT NULL")
    guard let side else { return nil }
    (self.side, isNext) = (side, false)
  }

  /// Nil where the index has no such goal any more.
  init?(for goal: VectorGoal, _ transaction: any SQLTransaction) throws {
    let (backend, model) = (goal.model.backend, goal.model.model)
    let condition: SQL =
      goal.isNext
      ? "next_backend = \(backend) AND next_model = \(model) AND next_state IS NOT NULL"
      : "embed_backend = \(backend) AND embed_model = \(model)"
    let side: Int? = try transaction.value(
      "SELECT vector_side FROM retrieval_indexes WHERE id = \(goal.index) AND \(condition)")
    guard let side else { return nil }
    self.side = goal.isNext ? 1 - side : side
    isNext = goal.isNext
  }
}
