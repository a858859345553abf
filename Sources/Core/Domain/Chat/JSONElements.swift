/// Finds the objects of a file's first list, one after another, in bytes that come in pieces.
///
/// Takes `[{…}, {…}]` and `{"…": …, "conversations": [{…}, {…}]}` alike. It looks at nesting and texts only; whether an
/// object is right JSON is found out by who decodes it. Memory is bounded by the largest object.
package struct JSONElements: Sendable {
  package enum Fault: Error, Equatable {
    /// Neither a list nor an object that holds one.
    case noList
    /// An object larger than the limit.
    case tooLarge
    /// The bytes ended in the middle.
    case truncated
  }

  private let limit: Int
  private var depth = 0
  /// The depth whose lists' objects are wanted: 1 for a bare list, 2 for one in an object.
  private var listDepth: Int?
  private var openers: [UInt8] = []
  private var isInText = false
  private var isEscaped = false
  private var element: [UInt8] = []
  private var isInElement = false
  private var isDone = false

  /// - Parameter limit: bytes of one object at most.
  package init(limit: Int) { self.limit = limit }

  /// The objects that are whole by now.
  package mutating func push(_ bytes: [UInt8]) throws(Fault) -> [[UInt8]] {
    var found: [[UInt8]] = []
    for byte in bytes {
      if isInElement {
        element.append(byte)
        guard element.count <= limit else { throw .tooLarge }
      }
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        if listDepth == nil { listDepth = byte == UInt8(ascii: "[") ? 1 : 2 }
        if byte == UInt8(ascii: "{"), depth == listDepth, openers.last == UInt8(ascii: "[") {
          isInElement = true
          element = [byte]
        }
        openers.append(byte)
        depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        let opener = byte == UInt8(ascii: "]") ? UInt8(ascii: "[") : UInt8(ascii: "{")
        guard openers.popLast() == opener else { throw .truncated }
        depth -= 1
        if isInElement, depth == listDepth {
          found.append(element)
          isInElement = false
          element = []
        }
        if depth == 0 { isDone = true }
      case 0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF: break
      default: if listDepth == nil { throw .noList }
      }
    }
    return found
  }

  /// Throws where the bytes were not whole.
  package func finish() throws(Fault) {
    if listDepth == nil { throw .noList }
    if !isDone { throw .truncated }
  }
}
