/// An entry of `dataset_info.json`: how LLaMA-Factory is to read a file.
package struct DatasetRegistration: Sendable, Equatable {
  /// The name that a run's configuration lists.
  package let name: String
  /// Relative to the folder of `dataset_info.json`, or absolute.
  package let fileName: String
  package let shape: DatasetShape

  package init(name: String, fileName: String, shape: DatasetShape) {
    self.name = name
    self.fileName = fileName
    self.shape = shape
  }

  /// The whole file for these entries.
  package static func json(_ registrations: [DatasetRegistration]) -> String {
    let entries = registrations.map { "  \(quoted($0.name)): \($0.entry)" }
    return entries.isEmpty ? "{}\n" : "{\n" + entries.joined(separator: ",\n") + "\n}\n"
  }

  /// This entry as a JSON object.
  ///
  /// Columns are always listed: LLaMA-Factory then takes the others for absent, where its defaults would make it
  /// fail on a dataset without `input`. Tags likewise are listed whole, since an absent one matches a message
  /// without a role.
  package var entry: String {
    var members: [(String, String)] = [("file_name", Self.quoted(fileName))]
    if shape.columns.messages != nil { members.append(("formatting", "\"sharegpt\"")) }
    if shape.format == .alpacaPreference || shape.format == .sharegptPreference {
      members.append(("ranking", "true"))
    }
    members.append(("columns", Self.object(columns)))
    if let tags = shape.tags {
      members.append(
        (
          "tags",
          Self.object([
            ("role_tag", tags.role), ("content_tag", tags.content), ("user_tag", tags.user),
            ("assistant_tag", tags.assistant), ("observation_tag", tags.observation),
            ("function_tag", tags.function), ("system_tag", tags.system),
          ])
        ))
    }
    return "{" + members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
  }

  private var columns: [(String, String)] {
    let columns = shape.columns
    let named: [(String, String?)] = [
      ("prompt", columns.prompt), ("query", columns.query), ("response", columns.response),
      ("history", columns.history), ("messages", columns.messages), ("system", columns.system),
      ("tools", columns.tools), ("chosen", columns.chosen), ("rejected", columns.rejected),
      ("kto_tag", columns.ktoTag),
    ]
    return named.compactMap { name, column in column.map { (name, $0) } }
  }

  private static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { "\"\($0.0)\": \(quoted($0.1))" }.joined(separator: ", ") + "}"
  }

  /// A JSON string, plain ASCII: the trainer opens the file in whatever encoding its host has.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }
}
