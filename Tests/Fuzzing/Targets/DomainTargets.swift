import Domain

extension FuzzTarget {
  /// A request that the gateway takes is taken again as it passes it on, for the engine's model.
  package static let jsonBody = FuzzTarget("json-body") { bytes in
    for route in RelayRoute.allCases {
      guard let body = try? RelayBody(bytes, for: route) else { continue }
      let changes = RelayBody.Changes(model: "m\"1", asksForUsage: true, emptied: ["user"])
      guard let passed = try? RelayBody(body.bytes(with: changes), for: route) else {
        return "what is passed on is refused at \(route.rawValue)"
      }
      if passed.model != "m\"1" { return "the model is \(passed.model)" }
      if passed.streams != body.streams { return "it streams otherwise" }
    }
    return nil
  }

  /// A dataset is judged the same however it is cut.
  package static let dataset = FuzzTarget("dataset") { bytes in
    for name in ["a.json", "a.jsonl", "a.txt"] {
      var whole = DatasetInspector(filename: name)
      whole.push(bytes)
      var pieces = DatasetInspector(filename: name)
      for piece in cut(bytes) { pieces.push(piece) }
      let (one, other) = (whole.finish(), pieces.finish())
      if one != other { return "\(name) judged whole: \(one); in pieces: \(other)" }
    }
    return nil
  }

  /// What the gateway relays is the same however it comes.
  package static let relayedEvents = FuzzTarget("relayed-events") { bytes in
    let whole = relay([bytes])
    let pieces = relay(cut(bytes))
    return whole == pieces ? nil : "relayed whole: \(whole); in pieces: \(pieces)"
  }

  private struct Relayed: Equatable {
    var bytes: [UInt8] = []
    var isRefused = false
    var isDone = false
  }

  private static func relay(_ pieces: [[UInt8]]) -> Relayed {
    var events = RelayEvents(name: "name", hidesUsage: true, secrets: ["secret"])
    var relayed = Relayed()
    do throws(DomainError) {
      for piece in pieces { relayed.bytes += try events.feed(piece) }
      relayed.bytes += events.finish()
    } catch {
      relayed.isRefused = true
      relayed.bytes = []
    }
    relayed.isDone = events.isDone
    return relayed
  }
}
