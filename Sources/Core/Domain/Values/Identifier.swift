/// An identifier that cannot be mixed up with another subject's: `Identifier<UserAccount>` is not
/// `Identifier<TaskRecord>`.
///
/// The raw value is a lower-case UUID (version 4) unless a document fixes another form.
package struct Identifier<Subject>: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  package var description: String { rawValue }

  /// A new random identifier.
  package static func make() -> Self { Self(rawValue: randomUUID()) }

  /// The identifier a caller sent, or nil where it cannot be one: 1 to 64 of `[A-Za-z0-9_-]`.
  ///
  /// Checked before the value reaches a path or a query, so that a miss is a plain "not found".
  package init?(checking text: String) {
    let bytes = text.utf8
    guard (1...64).contains(bytes.count), bytes.allSatisfy(isIdentifierByte) else { return nil }
    self.init(rawValue: text)
  }
}

package typealias UserID = Identifier<UserAccount>
package typealias APIKeyID = Identifier<APIKeyRecord>
package typealias DatasetID = Identifier<DatasetRecord>
package typealias UploadID = Identifier<PartialUpload>
package typealias TaskID = Identifier<TaskRecord>
package typealias ModelID = Identifier<ModelRecord>
package typealias ArchiveID = Identifier<ArchivedModel>
package typealias ServiceID = Identifier<ServiceRecord>
package typealias ConversationID = Identifier<Conversation>
package typealias MessageID = Identifier<StoredMessage>
package typealias PresetID = Identifier<SavedPreset>
package typealias ComparisonID = Identifier<Comparison>
package typealias HostID = Identifier<HostDescription>
package typealias IndexID = Identifier<RetrievalIndex>
package typealias DocumentID = Identifier<IndexedDocument>
package typealias ServerID = Identifier<ServerRecord>
package typealias PipelineRunID = Identifier<PipelineRun>

private func isIdentifierByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
    true
  default: false
  }
}

/// A version 4 UUID (RFC 9562) in lower case.
package func randomUUID() -> String {
  var high = UInt64.random(in: .min ... .max)
  var low = UInt64.random(in: .min ... .max)
  high = (high & ~0xF000) | 0x4000
  low = (low & ~(0xC000 << 48)) | (0x8000 << 48)
  let digits = hexadecimal(high) + hexadecimal(low)
  var text = ""
  for (position, digit) in digits.enumerated() {
    if [8, 12, 16, 20].contains(position) { text.append("-") }
    text.append(digit)
  }
  return text
}

private func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
