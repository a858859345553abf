/// The help of `luthier database`; the work itself is done elsewhere, beside no server.
enum DatabaseCommands {
  static let group = Command(
    group: "database", "Look after the server's database, and move it to another engine",
    notes: """
      They open the database themselves, on the server's machine and with its settings (DATABASE_URL, LUTHIER_DATA_DIR, .env). An address with a password is seen by others in the list of processes: keep the password in ~/.pgpass or PGPASSWORD.
      """,
    examples: [
      .init(
        "luthier database copy --to postgresql://luthier@db.example.org/luthier",
        "Move this installation to PostgreSQL.")
    ],
    [migrate, check, copy])

  private static let url = Command.Option.value("url", "URL", "The database (else DATABASE_URL)")

  private static let migrate = Command(
    "migrate", "Bring a database to the shape of this version",
    notes: "luthier serve does the same at its start. No server may work on it meanwhile.", options: [url],
    examples: [.init("luthier database migrate", "Prints the steps that it applied.")], action: elsewhere)

  private static let check = Command(
    "check", "Look a database through, or compare two",
    notes: "Prints rows and a checksum for each table. With --to it compares two databases, of any engines.",
    options: [
      url, .value("from", "URL", "The first of two to compare (else DATABASE_URL)"),
      .value("to", "URL", "The second of two to compare"),
    ],
    examples: [
      .init("luthier database check", "Looks for missing steps, damage and broken references."),
      .init(
        "luthier database check --from sqlite:////srv/luthier.db --to postgresql:///luthier",
        "Tells which tables differ."),
    ], action: elsewhere)

  private static let copy = Command(
    "copy", "Copy everything into another, empty database",
    notes: """
      Stop the server first. Everything is copied in one transaction, read back and compared, or nothing is. Datasets, models and the secret stay where they are.
      """,
    options: [
      .value("from", "URL", "The database to copy (else DATABASE_URL)"),
      .value("to", "URL", required: true, "The empty database to fill; a SQLite file is made"),
    ],
    examples: [
      .init(
        "luthier database copy --to postgresql://luthier@db.example.org/luthier", "From SQLite to PostgreSQL."
      ),
      .init(
        "luthier database copy --from postgresql:///luthier --to sqlite:////srv/luthier.db", "And back."),
    ], action: elsewhere)

  private static let elsewhere: Command.Action = { _ in
    throw UsageError("luthier database stands alone.", hint: "Put no option before it.")
  }
}
