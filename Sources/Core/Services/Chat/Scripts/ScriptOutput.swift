import Domain
import FoundationEssentials

/// What a chat script prints, read as it comes.
///
/// Lines `{"token": …}` are pieces of an answer, `{"role", "content"}` is the whole, `{"error": …}` a failure.
/// A script of the user's may print other things around its JSON, and its JSON over several lines.
struct ScriptOutput {
  enum End: Equatable {
    case answer(String)
    case failure(code: String?, message: String, hint: String?)
    case nothing
  }

  private struct Line: Decodable {
    struct Failure: Decodable {
      let code: String?
      let message: String
      let hint: String?

      init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
          (code, message, hint) = (nil, text, nil)
          return
        }
        let fields = try decoder.container(keyedBy: Keys.self)
        code = try fields.decodeIfPresent(String.self, forKey: .code)
        message = try fields.decode(String.self, forKey: .message)
        hint = try fields.decodeIfPresent(String.self, forKey: .hint)
      }

      private enum Keys: String, CodingKey { case code, message, hint }
    }

    let token: String?
    let content: String?
    let error: Failure?
  }

  /// Bytes of an answer; what prints more is not answering.
  static let limit = 8 << 20

  private var bytes: [UInt8] = []
  private var read = 0

  var isTooLong: Bool { bytes.count > Self.limit }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The pieces of the answer in what came.
  mutating func feed(_ more: [UInt8]) -> [String] {
    bytes += more
    var pieces: [String] = []
    while let end = bytes[read...].firstIndex(of: UInt8(ascii: "\n")) {
      if let token = Self.line(bytes[read..<end])?.token { pieces.append(token) }
      read = end + 1
    }
    return pieces
  }

  func end() -> End {
    if let whole = Self.line(bytes[...]).flatMap(Self.end) { return whole }
    for part in bytes.split(separator: UInt8(ascii: "\n")).reversed() {
      if let found = Self.line(part).flatMap(Self.end) { return found }
    }
    return .nothing
  }

  private static func end(_ line: Line) -> End? {
    if let error = line.error { return .failure(code: error.code, message: error.message, hint: error.hint) }
    return line.content.map { .answer($0) }
  }

  private static func line(_ bytes: ArraySlice<UInt8>) -> Line? {
    guard bytes.contains(UInt8(ascii: "{")) else { return nil }
    return try? JSONDecoder().decode(Line.self, from: Data(bytes))
  }
}
