import Domain
import FoundationEssentials

extension TaskRecord {
  /// The system message it was trained with in place of the template's own.
  ///
  /// A model that is served with another one answers as if it had learned less.
  var systemPrompt: String? {
    struct Arguments: Decodable {
      let system: String?
      private enum CodingKeys: String, CodingKey { case system = "default_system" }
    }
    let arguments = try? JSONDecoder().decode(Arguments.self, from: Data(self.arguments.utf8))
    return arguments?.system
  }
}
