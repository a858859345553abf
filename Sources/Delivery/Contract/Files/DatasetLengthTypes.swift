/// How long the rows of a dataset are.
package struct DatasetLengthsReply: Codable, Sendable {
  /// Characters in the texts of a row.
  package let characters: LengthReply
  /// An estimate of the tokens in the same texts, without those of the template: about 4 characters of English or
  /// 1.5 of Chinese a token, and off by a third for code or numbers.
  package let tokens: LengthReply

  package init(characters: LengthReply, tokens: LengthReply) {
    self.characters = characters
    self.tokens = tokens
  }
}

/// How a length is spread over rows.
package struct LengthReply: Codable, Sendable {
  package let minimum: Int
  /// Half of the rows are no longer; like the next two off by a tenth at most.
  package let p50: Int
  package let p90: Int
  package let p99: Int
  package let maximum: Int
  /// Of all rows together.
  package let total: Int64
  /// Eight for every doubling; those without rows are left out.
  package let bins: [Bin]

  /// Rows of at least `from` and fewer than `below`.
  package struct Bin: Codable, Sendable {
    package let from: Int
    package let below: Int
    package let rows: Int

    package init(from: Int, below: Int, rows: Int) {
      self.from = from
      self.below = below
      self.rows = rows
    }
  }

  package init(
    minimum: Int, p50: Int, p90: Int, p99: Int, maximum: Int, total: Int64, bins: [Bin]
  ) {
    self.minimum = minimum
    self.p50 = p50
    self.p90 = p90
    self.p99 = p99
    self.maximum = maximum
    self.total = total
    self.bins = bins
  }
}
