/// What the rows of a dataset are like.
package struct DatasetStatistics: Sendable, Equatable {
  package struct Column: Sendable, Equatable {
    package let name: String
    /// Rows that have it.
    package var rows = 0
    /// Rows in which it is null, a blank text, or a list or object with nothing in it.
    package var empty = 0
  }

  package var rows = 0
  /// Messages of a row, without the system's.
  package var turns = LengthStatistics()
  /// Characters in the texts of a row.
  package var characters = LengthStatistics()
  /// About how many tokens these are.
  package var tokens = LengthStatistics()
  /// Characters of each answer.
  package var answers = LengthStatistics()
  /// Rows that say what a row before said.
  package var duplicates = 0
  /// In the order they came up; the first 64.
  package var columns: [Column] = []
  /// By `TextScript`, how many rows are mostly in it.
  package var scripts: [String: Int] = [:]
  /// How many messages each role has; the first 16 roles.
  package var roles: [String: Int] = [:]
}

/// Gathers the statistics of rows in bounded memory.
struct StatisticsIntake: Sendable {
  private static let mostColumns = 64
  private static let mostRoles = 16

  private let check: RowCheck?
  private var result = DatasetStatistics()
  private var turns = LengthTally()
  private var characters = LengthTally()
  private var tokens = LengthTally()
  private var answers = LengthTally()
  private var places: [String: Int] = [:]

  init(_ shape: DatasetShape?) {
    check = shape.flatMap { $0.format == .pretraining ? nil : RowCheck($0) }
  }

  mutating func take(_ row: SourceRow) {
    result.rows += 1
    let length = row.textLength(of: nil)
    characters.add(length.characters)
    tokens.add(length.estimatedTokens)
    let role = check.flatMap { $0.messages == nil ? nil : $0.role }
    result.scripts[TextScript.main(of: row.texts(of: nil, role: role)).rawValue, default: 0] += 1
    let check = check
    row.withRow { parsed in
      countColumns(parsed)
      if let check { countTurns(parsed, check) }
    }
  }

  func finish(duplicates: Int) -> DatasetStatistics {
    var result = result
    result.turns = turns.finish()
    result.characters = characters.finish()
    result.tokens = tokens.finish()
    result.answers = answers.finish()
    result.duplicates = duplicates
    return result
  }

  private mutating func countColumns(_ row: JSONRow) {
    row.forEachMember { key, value in
      let name = row.text(key)
      guard let place = places[name] ?? newColumn(name) else { return }
      result.columns[place].rows += 1
      if Self.isEmpty(row, value) { result.columns[place].empty += 1 }
    }
  }

  private mutating func newColumn(_ name: String) -> Int? {
    guard places.count < Self.mostColumns, name.utf8.count <= 256 else { return nil }
    places[name] = result.columns.count
    result.columns.append(.init(name: name))
    return places[name]
  }

  private static func isEmpty(_ row: JSONRow, _ value: JSONRow.Value) -> Bool {
    switch row.kind(value) {
    case .null: true
    case .string: isBlank(row, value)
    case .array, .object: Int(row.tokens[value].next) == value + 1
    case .bool, .number, .key: false
    }
  }

  /// Looks no further than the first sign that is none.
  private static func isBlank(_ row: JSONRow, _ value: JSONRow.Value) -> Bool {
    row.isEmptyText(value) || row.text(value).unicodeScalars.allSatisfy { ScalarSet.space.contains($0) }
  }

  private mutating func countTurns(_ row: JSONRow, _ check: RowCheck) {
    func length(_ value: JSONRow.Value?) -> Int {
      guard let value, row.kind(value) == .string else { return 0 }
      return Int(row.tokens[value].characters)
    }
    guard let messages = check.messages else {
      let history = row.member(.history).map { row.elements(of: $0).count } ?? 0
      turns.add(2 * (history + 1))
      for name in [check.response, check.chosen, check.rejected] {
        if let name { answers.add(length(row.member(name))) }
      }
      return
    }
    var count = 0
    for message in row.member(messages).map({ row.elements(of: $0) }) ?? [] {
      guard let role = row.member(check.role, of: message), row.kind(role) == .string else { continue }
      let word = row.text(role)
      if result.roles[word] != nil || (result.roles.count < Self.mostRoles && word.utf8.count <= 64) {
        result.roles[word, default: 0] += 1
      }
      if !row.isText(role, check.system) { count += 1 }
      if row.isText(role, check.assistant) { answers.add(length(row.member(check.content, of: message))) }
    }
    turns.add(count)
  }
}
