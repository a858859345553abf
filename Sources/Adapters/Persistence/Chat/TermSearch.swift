import Domain
import SQLAccess

/// A search in one user's messages with PostgreSQL or MySQL.
///
/// These engines' indexes of words give what they have in an order of their own, all of it, and the newest are chosen of
/// that. So a frequent word is looked for in the user's newest messages, one by one, which have enough of it; what these
/// do not have is rare, and the index gives it at once (`OwnTerms`).
struct TermSearch {
  let owner: String
  let phrases: [SearchText.Term]
  let limit: Int

  /// The newest messages that have every phrase, newest first.
  func numbers(in transaction: any SQLTransaction) throws -> [Int64] {
    var count = Walk.first
    while true {
      let found: [Int64] = try transaction.query(amongNewest(count, in: transaction.dialect))
        .map { try $0.get("number") }
      if found.count >= limit { return found }
      guard let next = Walk.next(after: count, found: found.count, of: limit) else { break }
      count = next
    }
    return try transaction.query(byIndex(in: transaction.dialect)).map { try $0.get("number") }
  }

  /// How many of a user's newest messages are read one by one before the index is asked.
  enum Walk {
    static let first = 200
    /// Reading so many takes ten milliseconds, about as long as the index needs for as many that it finds.
    static let most = 2000

    /// How many to read after `count` of them had too few; nil when the index is to be asked.
    static func next(after count: Int, found: Int, of limit: Int) -> Int? {
      guard found > 0 else { return nil }
      // Half as many again as are to be expected, so that a little bad luck needs no third time.
      let next = count * limit / found * 3 / 2
      return next <= most ? next : nil
    }
  }

  private var stands: SQL {
    phrases.map { Phrases.isIn("words", $0.words, isPrefix: $0.isPrefix) }.joined(" AND ")
  }

  private func amongNewest(_ count: Int, in dialect: Dialect) -> SQL {
    let walk = OwnWalk(owner: owner, column: "owner", index: "message_search_owner", in: dialect)
    return """
      SELECT number FROM (
        SELECT number, (\(stands)) AS hit FROM message_search \(walk.index)
        WHERE \(walk.mine) ORDER BY \(walk.newest) LIMIT \(count)
      ) AS newest WHERE hit ORDER BY number DESC LIMIT \(limit)
      """
  }

  private func byIndex(in dialect: Dialect) -> SQL {
    let needed = phrases.flatMap { OwnTerms.needed($0.words, isPrefix: $0.isPrefix, owner: owner) }
    // With PostgreSQL the order is said so that all messages in their order do not stand in for the index.
    return "SELECT number FROM message_search WHERE "
      + OwnTerms.having(needed, owner: owner, column: "owner", in: dialect)
      + " AND \(stands) ORDER BY number + 0 DESC LIMIT \(limit)"
  }
}
