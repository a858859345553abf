import Fleet

extension FuzzTarget {
  /// An agent's lines are the same however they come, and whatever they hold is read or passed over.
  package static let agentFrames = FuzzTarget("agent-frames") { bytes in
    var splitter = FrameSplitter()
    let whole = splitter.push(bytes)
    var cutSplitter = FrameSplitter()
    var pieces: [[UInt8]]? = []
    for piece in cut(bytes) {
      guard let lines = cutSplitter.push(piece) else {
        pieces = nil
        break
      }
      pieces?.append(contentsOf: lines)
    }
    if whole != pieces { return "cut otherwise in pieces" }
    for line in whole ?? [] { _ = AgentFrame(line) }
    return nil
  }

  /// A master's packets are the same however they come.
  package static let muxFrames = FuzzTarget("mux-frames") { bytes in
    let whole = readPackets([bytes])
    let pieces = readPackets(cut(bytes))
    return whole == pieces ? nil : "read whole: \(whole); in pieces: \(pieces)"
  }

  private static func readPackets(_ pieces: [[UInt8]]) -> [MuxReply?] {
    var splitter = MuxSplitter()
    var replies: [MuxReply?] = []
    do throws(MuxProblem) {
      for piece in pieces {
        splitter.push(piece)
        while let packet = try splitter.next() { replies.append(MuxReply(packet)) }
      }
    } catch {
      replies.append(nil)
    }
    return replies
  }
}
