import HTTPWire

/// What the parser makes of the bytes of one request, without any server.
struct ParsedRequest {
  /// 200 for a request that is whole; 0 for one that needs more bytes.
  private(set) var status = 0
  private(set) var body: [UInt8] = []
  /// Bytes behind the request.
  private(set) var rest = 0

  /// Feeds the pieces one after the other, as a connection does.
  init(_ pieces: [[UInt8]]) {
    var held: [UInt8] = []
    var parser = RequestHeadParser(limit: 16 * 1024)
    var decoder: BodyDecoder?
    do throws(RequestRejection) {
      for piece in pieces {
        held += piece
        if decoder == nil {
          let found = try held.withUnsafeBufferPointer { bytes throws(RequestRejection) in
            try parser.parse(UnsafeRawBufferPointer(bytes))
          }
          guard let (head, length) = found else { continue }
          do throws(TargetError) {
            _ = try RequestTarget(parsing: head.target)
          } catch {
            throw RequestRejection(.badRequest, error.description)
          }
          held.removeFirst(length)
          decoder = BodyDecoder(head.framing)
        }
        guard var current = decoder else { continue }
        var position = 0
        reading: while true {
          let step = try held.withUnsafeBufferPointer { bytes throws(RequestRejection) in
            try current.next(UnsafeRawBufferPointer(bytes), &position)
          }
          switch step {
          case .data(let range): body += held[range]
          case .end:
            status = 200
            break reading
          case .needsMore: break reading
          }
        }
        held.removeFirst(position)
        decoder = current
      }
      rest = held.count
    } catch {
      status = Int(error.status.code)
    }
  }

  /// Whole, byte by byte, and in two where lines end.
  static func cuts(of request: String) -> [[[UInt8]]] {
    let bytes = Array(request.utf8)
    let breaks = bytes.indices.filter { bytes[$0] == 10 || bytes[$0] == 13 }.prefix(20)
    return [[bytes], bytes.map { [$0] }] + breaks.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
  }
}
