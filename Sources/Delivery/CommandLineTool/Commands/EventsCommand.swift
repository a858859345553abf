import Contract
import HTTPWire

/// `luthier events`.
enum EventsCommand {
  static let command = Command(
    "events", "Follow what happens, one JSON object to a line",
    notes: "Goes on by itself after the server was away, and misses nothing. Ctrl-C ends it.",
    options: [.value("after", "SEQUENCE", "Begin after this event instead of with the next one")],
    examples: [.init("luthier events | jq .kind", "Only the kinds.")]
  ) { call in
    let client = try call.client()
    var last = try call.arguments.integer("after", in: 0...Int.max).map(String.init)
    let reconnection = Reconnection(call, note: call.printer.note)
    return try await reconnection.run {
      _ = try await client.follow(APIPath("api", "events"), lastEventID: last) { events in
        reconnection.isConnected()
        for event in events {
          if let id = event.id { last = id }
          switch event.event {
          case "ready": continue
          case "reset": call.printer.warning("Events before \(event.id ?? "now") are not kept any more.")
          default: call.printer.json(Array(event.data.utf8))
          }
        }
        return true
      }
      return nil
    }
  }
}
