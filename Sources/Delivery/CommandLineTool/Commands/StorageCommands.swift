/// The help of `luthier storage`; the work itself is done elsewhere, beside no server.
enum StorageCommands {
  static let group = Command(
    group: "storage", "Look at where the server keeps datasets",
    notes:
      "On the server's machine and with its settings (LUTHIER_STORAGE and its kin, .env). A server may run meanwhile.",
    examples: [.init("luthier storage check", "Tries all that the server does in an object store.")],
    [
      Command(
        "check", "Try whether the server may write, read and remove there",
        notes:
          "Writes one small object, looks at it in every way, and removes it. Tells what is refused, and what cures it.",
        examples: [.init("luthier storage check", "Says what may be done, a line each.")],
        action: { _ in throw UsageError("luthier storage stands alone.", hint: "Put no option before it.") })
    ])
}
