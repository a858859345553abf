import HTTPWire

extension FuzzTarget {
  /// A head is the same however it is cut, and never longer than what was given.
  package static let head = FuzzTarget("head") { bytes in
    let whole = readHead([bytes])
    let pieces = readHead(cut(bytes))
    if whole != pieces { return "read whole: \(whole); in pieces: \(pieces)" }
    if case .head(_, let length) = whole, length > bytes.count { return "it took more than there was" }
    return nil
  }

  /// An answer's head is the same however it is cut, and never longer than what was given.
  package static let responseHead = FuzzTarget("response-head") { bytes in
    for method in [HTTPMethod.get, .head] {
      let whole = readResponseHead([bytes], method)
      let pieces = readResponseHead(cut(bytes), method)
      if whole != pieces { return "read whole: \(whole); in pieces: \(pieces)" }
      if case .head(_, let length) = whole, length > bytes.count { return "it took more than there was" }
    }
    return nil
  }

  /// A target that is taken has no segment that means another place, and its query reads back.
  package static let target = FuzzTarget("target") { bytes in
    guard let text = String(validating: bytes, as: UTF8.self),
      let target = try? RequestTarget(parsing: text, allowingEncodedSlash: false)
    else { return nil }
    for segment in target.segments {
      if segment.decoded == "." || segment.decoded == ".." { return "a dot segment" }
      if segment.decoded.utf8.contains(where: { $0 < 32 || $0 == 47 || $0 == 92 || $0 == 127 }) {
        return "a segment with a separator or a control character"
      }
    }
    guard let again = QueryItems(parsing: target.query.encoded) else { return "its query does not read back" }
    let isSame = again.items.elementsEqual(target.query.items) { $0.name == $1.name && $0.value == $1.value }
    return isSame ? nil : "its query reads back as another"
  }

  /// A chunked body is the same however it is cut.
  package static let chunked = FuzzTarget("chunked") { bytes in
    let whole = readChunks([bytes])
    let pieces = readChunks(cut(bytes))
    if whole != pieces { return "read whole: \(whole); in pieces: \(pieces)" }
    return whole.content.count <= bytes.count ? nil : "more came out than went in"
  }

  /// A form is the same however it is cut; its parts begin and end in turn.
  package static let multipart = FuzzTarget("multipart") { bytes in
    let whole = readForm([bytes])
    let pieces = readForm(cut(bytes))
    if whole != pieces { return "read whole: \(whole); in pieces: \(pieces)" }
    return whole.isInOrder ? nil : "data stands outside of a part"
  }

  /// A stream is the same however it is cut, and its events survive being written and read.
  package static let eventStream = FuzzTarget("event-stream") { bytes in
    var decoder = ServerSentEventDecoder(limit: 1 << 20)
    guard let whole = try? decoder.feed(bytes) else { return "refused below its limit" }
    var cutDecoder = ServerSentEventDecoder(limit: 1 << 20)
    var pieces: [ServerSentEvent] = []
    for piece in cut(bytes) { pieces += (try? cutDecoder.feed(piece)) ?? [] }
    if whole != pieces { return "read whole: \(whole); in pieces: \(pieces)" }
    for event in whole {
      var again = ServerSentEventDecoder(limit: 1 << 22)
      guard let read = try? again.feed(event.encoded()), read.count == 1 else { return "not one event again" }
      if read[0].data != event.data { return "its data reads back as other data" }
    }
    return nil
  }

  private enum Head: Equatable {
    case head(String, length: Int)
    case refused(String)
    case incomplete
  }

  private static func readResponseHead(_ pieces: [[UInt8]], _ method: HTTPMethod) -> Head {
    var parser = ResponseHeadParser(limit: 4096)
    var held: [UInt8] = []
    do throws(BrokenResponse) {
      for piece in pieces {
        held += piece
        let found = try held.withUnsafeBufferPointer { buffer throws(BrokenResponse) in
          try parser.parse(UnsafeRawBufferPointer(buffer), answering: method)
        }
        guard let (head, length) = found else { continue }
        let fields = head.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        return .head("\(head.status.code) \(head.framing) \(head.keepsAlive) \(fields)", length: length)
      }
    } catch {
      return .refused(error.description)
    }
    return .incomplete
  }

  private static func readHead(_ pieces: [[UInt8]]) -> Head {
    var parser = RequestHeadParser(limit: 4096)
    var held: [UInt8] = []
    do throws(RequestRejection) {
      for piece in pieces {
        held += piece
        let found = try held.withUnsafeBufferPointer { buffer throws(RequestRejection) in
          try parser.parse(UnsafeRawBufferPointer(buffer))
        }
        guard let (head, length) = found else { continue }
        let fields = head.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        return .head(
          "\(head.method.rawValue) \(head.target) \(head.framing) \(head.keepsAlive) \(fields)",
          length: length)
      }
    } catch {
      return .refused(error.description)
    }
    return .incomplete
  }

  private struct Chunks: Equatable {
    var content: [UInt8] = []
    var isDone = false
    var refusal: RequestRejection?
  }

  private static func readChunks(_ pieces: [[UInt8]]) -> Chunks {
    var decoder = BodyDecoder(.chunked)
    var read = Chunks()
    do throws(RequestRejection) {
      for piece in pieces where !read.isDone {
        var position = 0
        reading: while true {
          let step = try piece.withUnsafeBufferPointer { buffer throws(RequestRejection) in
            try decoder.next(UnsafeRawBufferPointer(buffer), &position)
          }
          switch step {
          case .data(let range): read.content += piece[range]
          case .end:
            read.isDone = true
            break reading
          case .needsMore: break reading
          }
        }
      }
    } catch {
      read.refusal = error
    }
    return read
  }

  private struct Form: Equatable {
    var parts: [MultipartPart] = []
    var contents: [[UInt8]] = []
    var isOpen = false
    var isInOrder = true
    var refusal: String?
  }

  private static func readForm(_ pieces: [[UInt8]]) -> Form {
    var form = Form()
    do throws(MultipartError) {
      var parser = try MultipartParser(contentType: "multipart/form-data; boundary=b")
      for piece in pieces {
        for event in try parser.feed(piece) {
          switch event {
          case .partBegan(let part):
            if form.isOpen { form.isInOrder = false }
            form.isOpen = true
            form.parts.append(part)
            form.contents.append([])
          case .data(let bytes):
            if !form.isOpen {
              form.isInOrder = false
            } else {
              form.contents[form.contents.count - 1] += bytes
            }
          case .partEnded:
            if !form.isOpen { form.isInOrder = false }
            form.isOpen = false
          }
        }
      }
      try parser.finish()
    } catch {
      // What came out before a refusal depends on the cut; that it is refused does not.
      return Form(refusal: error.description)
    }
    return form
  }
}
