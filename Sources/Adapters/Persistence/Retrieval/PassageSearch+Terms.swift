import Domain
import SQLAccess

/// Passages by their terms, with PostgreSQL or MySQL.
///
/// Both need as long for the first passages that have a word as for all of them. So how common words are is learnt from
/// some passages of all parts of the index, and only those that are not in several of these are looked up.
struct PassagesByTerms: PassageLookup {
  /// Passages from which is learnt how common words are.
  private static let places = 128
  /// Passages that are read at once.
  private static let batch = 500

  let scope: String
  let transaction: any SQLTransaction

  func known(_ phrases: [[String]], of passages: Int) throws -> [PassageRanking.Phrase] {
    var seen = WordScores(phrases, counts: phrases.map { _ in 0 }, of: passages)
    var looked = 0
    try read(try spread()) { number, titles, words in
      seen.add(number, titles: titles, words: words)
      looked += 1
    }
    guard looked > 0 else { return [] }
    let shares = seen.having
    let uncommon = phrases.indices.filter { shares[$0] < 2 }
    var first: [Int: [Int64]] = [:]
    for (place, number) in try someHaving(uncommon.map { phrases[$0] }) {
      first[uncommon[place], default: []].append(number)
    }
    return phrases.indices.map { place in
      let about = passages * max(1, shares[place]) / looked
      guard shares[place] < 2 else {
        return PassageRanking.Phrase(words: phrases[place], count: about, first: nil)
      }
      let some = first[place] ?? []
      let count = some.count < PassageRanking.sample ? some.count : max(some.count, about)
      return PassageRanking.Phrase(words: phrases[place], count: count, first: some)
    }
  }

  func numbers(having phrases: [[String]], inTitles: Bool, limit: Int) throws -> [Int64] {
    try transaction.query(select("number", having: phrases, inTitles: inTitles, limit: limit)).map {
      try $0.get(0)
    }
  }

  func read(_ numbers: [Int64], _ body: (Int64, String, String) -> Void) throws {
    var rest = numbers[...]
    while !rest.isEmpty {
      let rows = try transaction.query(
        "SELECT number, titles, words FROM passage_search WHERE number IN \(list: rest.prefix(Self.batch))")
      for row in rows { body(try row.get(0), try row.get(1), try row.get(2)) }
      rest = rest.dropFirst(Self.batch)
    }
  }

  /// `PassageRanking.sample` passages of each phrase, as its place and the passage's number.
  private func someHaving(_ phrases: [[String]]) throws -> [(Int, Int64)] {
    guard !phrases.isEmpty else { return [] }
    let each = phrases.indices.map { place in
      "("
        + select(
          "\(unsafe: "\(place)") AS place, number", having: [phrases[place]], limit: PassageRanking.sample)
        + ")" as SQL
    }
    return try transaction.query(each.joined(" UNION ALL ")).map { (try $0.get(0), try $0.get(1)) }
  }

  private func select(_ columns: SQL, having phrases: [[String]], inTitles: Bool = false, limit: Int) -> SQL {
    let needed = phrases.flatMap { OwnTerms.needed($0, inTitles: inTitles, owner: scope) }
    return "SELECT \(columns) FROM passage_search WHERE "
      + OwnTerms.having(needed, owner: scope, column: "scope", in: transaction.dialect) + " LIMIT \(limit)"
  }

  /// Passages from all parts of the index.
  private func spread() throws -> [Int64] {
    let walk = OwnWalk(owner: scope, column: "scope", index: "passage_search_scope", in: transaction.dialect)
    let mine: SQL = "SELECT number FROM passage_search \(walk.index) WHERE \(walk.mine)"
    let first: Int64? = try transaction.value("\(mine) ORDER BY \(walk.oldest) LIMIT 1")
    let last: Int64? = try transaction.value("\(mine) ORDER BY \(walk.newest) LIMIT 1")
    guard let first, let last else { return [] }
    // Each in a query of its own: MariaDB does not look a place up in the index when it comes from a row.
    let places = (0..<Self.places).map { place in
      let place = first + (last - first) * Int64(place) / Int64(Self.places)
      return "(\(mine) AND number >= \(place) ORDER BY \(walk.oldest) LIMIT 1)" as SQL
    }
    return Array(Set(try transaction.query(places.joined(" UNION ALL ")).map { try $0.get(0) }))
  }
}
