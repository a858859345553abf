/// One server-sent event.
package struct ServerSentEvent: Sendable, Equatable {
  /// The event's name; nil is the default, `message`.
  package var event: String?
  /// The payload; each of its lines becomes a `data:` line.
  package var data: String
  /// What the client sends back as Last-Event-ID when it reconnects.
  package var id: String?
  /// How many milliseconds the client waits before it reconnects.
  package var retry: Int?

  package init(event: String? = nil, data: String, id: String? = nil, retry: Int? = nil) {
    self.event = event
    self.data = data
    self.id = id
    self.retry = retry
  }

  /// The event as bytes, ending with an empty line.
  ///
  /// A line break in `event` or `id` becomes a space, so that neither can begin a field of its own.
  package func encoded() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(data.utf8.count + 32)
    if let event { Self.append("event: ", event, to: &output) }
    if let id { Self.append("id: ", id, to: &output) }
    if let retry { Self.append("retry: ", String(retry), to: &output) }
    output += Array("data: ".utf8)
    var lastWasReturn = false
    for byte in data.utf8 {
      if byte == 10 && lastWasReturn {
        lastWasReturn = false
        continue
      }
      lastWasReturn = byte == 13
      if byte == 10 || byte == 13 { output += Array("\ndata: ".utf8) } else { output.append(byte) }
    }
    output += [10, 10]
    return output
  }

  /// A comment line, which clients skip: keeps an idle connection alive.
  package static func comment(_ text: String = "") -> [UInt8] {
    var output: [UInt8] = []
    append(": ", text, to: &output)
    output.append(10)
    return output
  }

  private static func append(_ prefix: String, _ text: String, to output: inout [UInt8]) {
    output += Array(prefix.utf8)
    for byte in text.utf8 { output.append(byte == 10 || byte == 13 || byte == 0 ? 32 : byte) }
    output.append(10)
  }
}
