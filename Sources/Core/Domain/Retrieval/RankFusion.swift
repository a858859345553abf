/// Joins lists that were ranked by different measures.
package enum RankFusion {
  /// The members of all lists, the best first, by reciprocal rank: a member's score is the sum of
  /// `share / (5 + place)` over the lists that have it, the first place being 1.
  ///
  /// After Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009. They divide by
  /// `60 + place`, for many lists that are about as good as one another. Of two lists, that puts whatever both have before
  /// the first of either; here the first places say more.
  ///
  /// - Parameter lists: each member with what its place in the list counts for, from 0 to 1.
  package static func fused<Member: Hashable & Comparable>(
    _ lists: [[(member: Member, share: Double)]]
  ) -> [(member: Member, score: Double)] {
    var scores: [Member: Double] = [:]
    for list in lists {
      for (place, entry) in list.enumerated() {
        scores[entry.member, default: 0] += entry.share / Double(6 + place)
      }
    }
    return scores.map { (member: $0.key, score: $0.value) }
      .sorted { ($0.score, $1.member) > ($1.score, $0.member) }
  }

  /// The first `count` members; of one group at most `cap`, unless there are too few without it.
  package static func spread<Member, Group: Hashable>(
    _ ranked: [Member], count: Int, cap: Int, by group: (Member) -> Group
  ) -> [Member] {
    var taken: [Group: Int] = [:]
    var kept: [(place: Int, member: Member)] = []
    var spare: [(place: Int, member: Member)] = []
    for (place, member) in ranked.enumerated() where kept.count < count {
      taken[group(member), default: 0] += 1
      if taken[group(member), default: 0] <= cap {
        kept.append((place, member))
      } else {
        spare.append((place, member))
      }
    }
    kept += spare.prefix(count - kept.count)
    return kept.sorted { $0.place < $1.place }.map(\.member)
  }
}
