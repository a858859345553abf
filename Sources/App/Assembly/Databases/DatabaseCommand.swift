import Domain
import Glibc
import Persistence
import SQLAccess

/// `luthier database`: looks after the database of an installation and moves it to another.
///
/// Works beside no server: it opens the databases itself.
package enum DatabaseCommand {
  /// Returns the exit code, of those that `luthier --help` lists.
  package static func run(_ arguments: [String]) async -> Int32 {
    do {
      try await run(try DatabaseArguments(arguments, environment: Serve.environment()))
      return 0
    } catch let error as DatabaseArguments.Wrong {
      complain("\(error.message)\nSee luthier help database.")
      return 2
    } catch let error as DatabaseFault {
      complain("\(error)")
      return 1
    } catch {
      complain("The database command failed: \(error)")
      return 1
    }
  }

  private static func run(_ arguments: DatabaseArguments) async throws {
    switch arguments.action {
    case .migrate(let place): try await migrate(place)
    case .check(let place): try await check(place)
    case .compare(let first, let second): try await compare(first, second)
    case .copy(let source, let target): try await copy(source, target)
    }
  }

  private static func migrate(_ place: DatabasePlace) async throws {
    try await place.open(.alone, makes: true) { database in
      let applied = try await Schema.migrate(database, now: Timestamp.systemTime.milliseconds)
      for step in applied { say(step) }
      let told = applied.count == 1 ? "1 step was applied." : "\(applied.count) steps were applied."
      say(applied.isEmpty ? "It has every step already." : told)
    }
  }

  private static func check(_ place: DatabasePlace) async throws {
    try await place.open(.beside, makes: false) { database in
      try await UnfinishedCopy.refuseAsSource(database)
      let missing = try await Schema.missing(in: database)
      guard missing.isEmpty else {
        throw DatabaseFault(
          "the database lacks \(missing.count) step\(missing.count == 1 ? "" : "s") of this version, the first is \(missing[0])",
          cure: "Run luthier database migrate.")
      }
      let problems = try await DatabaseCheck.problems(of: database)
      for digest in try await DatabaseCheck.digests(of: database) { say(line(digest)) }
      for line in try await DatabaseCheck.servers(of: database) { say(line) }
      guard problems.isEmpty else {
        for problem in problems { complain(problem) }
        throw DatabaseFault("the database is damaged", cure: "Bring a backup back (docs/operations.md).")
      }
      say("It has every step of this version, and no fault was found.")
    }
  }

  private static func compare(_ first: DatabasePlace, _ second: DatabasePlace) async throws {
    func digests(_ place: DatabasePlace) async throws -> [TableDigest] {
      try await place.open(.beside, makes: false) { database in
        try await UnfinishedCopy.refuseAsSource(database)
        return try await DatabaseCheck.digests(of: database)
      }
    }
    let (there, here) = (try await digests(first), try await digests(second))
    let different = zip(there, here).filter { $0 != $1 }
    for (one, other) in different { say("\(one.table): \(one.rows) rows and \(other.rows) rows differ") }
    guard different.isEmpty else {
      throw DatabaseFault(
        "\(different.count) tables are not the same",
        cure: "One of the two was written to since it was copied.")
    }
    say("\(there.count) tables are the same: \(there.reduce(0) { $0 + $1.rows }) rows.")
  }

  private static func copy(_ source: DatabasePlace, _ target: DatabasePlace) async throws {
    guard source.address != target.address else {
      throw DatabaseArguments.Wrong("--from and --to name the same database.")
    }
    let digests = try await source.open(.alone, makes: false) { from in
      try await target.open(.alone, makes: true) { to in
        try await DatabaseCopy(from: from, to: to).run(
          now: Timestamp.systemTime.milliseconds, progress())
      }
    }
    for digest in digests { say(line(digest)) }
    say(
      "\(digests.reduce(0) { $0 + $1.rows }) rows in \(digests.count) tables were copied, and read back the same."
    )
    say("Set DATABASE_URL to the new database, and start the server. The old one is as it was.")
  }

  /// One line that changes on a terminal, else one for each hundred thousand rows.
  private static func progress() -> DatabaseCopy.Progress {
    let isTerminal = isatty(2) == 1
    return { table, rows, total in
      guard rows % 1000 == 0 || rows == total else { return }
      if isTerminal {
        write("\r\u{1B}[K" + (rows == total ? "" : "\(table): \(rows) of \(total)"), to: 2)
      } else if rows > 0, rows % 100_000 == 0 {
        write("\(table): \(rows) of \(total)\n", to: 2)
      }
    }
  }

  private static func line(_ digest: TableDigest) -> String {
    let name = digest.table + String(repeating: " ", count: max(1, 24 - digest.table.utf8.count))
    let count = "\(digest.rows)"
    let sum = String(digest.sum, radix: 16)
    return name + String(repeating: " ", count: max(1, 12 - count.utf8.count)) + count + "  "
      + String(repeating: "0", count: 16 - sum.utf8.count) + sum
  }

  private static func say(_ text: String) { write(text + "\n", to: 1) }
  private static func complain(_ text: String) { write(text + "\n", to: 2) }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
