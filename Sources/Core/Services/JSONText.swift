import Domain
import FoundationEssentials

/// A value as JSON text with sorted keys, so that equal values give equal text.
func encodeJSON(_ value: some Encodable) throws(DomainError) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  } catch {
    throw DomainError(.internalFault, "A value could not be written down.", detail: "\(error)")
  }
}

func decodeJSON<Value: Decodable>(_ type: Value.Type, from text: String) throws(DomainError) -> Value {
  do {
    return try JSONDecoder().decode(type, from: Data(text.utf8))
  } catch {
    throw DomainError(.internalFault, "A stored value could not be read.", detail: "\(error)")
  }
}
