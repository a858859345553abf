import HTTPServing
import HTTPWire
import Testing

/// Requests that no two parsers read alike: each is refused with the right status, and no handler ever sees
/// it; by the parser alone as by a live server, whole as byte by byte.
struct HostileRequestTests {
  typealias Case = HostileRequests.Case

  @Test(arguments: HostileRequests.refused)
  func `the parser refuses it, however it is cut`(_ hostile: Case) {
    for pieces in ParsedRequest.cuts(of: hostile.request) {
      #expect(ParsedRequest(pieces).status == hostile.status)
    }
  }

  @Test(arguments: HostileRequests.accepted)
  func `the parser takes what is only unusual, however it is cut`(_ usual: Case) {
    for pieces in ParsedRequest.cuts(of: usual.request) {
      let parsed = ParsedRequest(pieces)
      #expect(parsed.status == 200)
      #expect(parsed.body == Array(usual.body.utf8))
      #expect(parsed.rest == 0)
    }
  }

  @Test func `a live server answers each as the parser does and closes`() async throws {
    let reached = HandlerLog()
    try await LiveServer.run(handler: { request in
      _ = try await request.body.collect()
      await reached.note(request.target.raw)
      return .text("reached")
    }) { live in
      for hostile in HostileRequests.refused {
        for answer in [
          try await live.exchange(hostile.request), try await live.drip(hostile.request),
        ] {
          #expect(answer.hasPrefix("HTTP/1.1 \(hostile.status) "), "\(hostile.name)")
          #expect(answer.contains("\r\nConnection: close\r\n"), "\(hostile.name)")
          #expect(!answer.contains("reached"), "\(hostile.name)")
          #expect(answer.components(of: "HTTP/1.1 ") == 1, "\(hostile.name)")
        }
      }
    }
    #expect(await reached.entries.isEmpty)
  }

  @Test func `a live server serves what is only unusual`() async throws {
    try await LiveServer.run(handler: { request in
      .text("got <\(String(decoding: try await request.body.collect(), as: UTF8.self))>")
    }) { live in
      for usual in HostileRequests.accepted {
        for answer in [try await live.exchange(usual.request), try await live.drip(usual.request)] {
          #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(usual.name)")
          #expect(answer.hasSuffix("\r\n\r\ngot <\(usual.body)>"), "\(usual.name)")
        }
      }
    }
  }

  @Test func `what follows a refused request is never read as another`() async throws {
    let reached = HandlerLog()
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    try await LiveServer.run(handler: { request in
      await reached.note(request.target.path)
      return .text("reached")
    }) { live in
      for hostile in HostileRequests.refused where hostile.request.hasSuffix("\r\n") {
        let answer = try await live.exchange(hostile.request + smuggled)
        #expect(answer.components(of: "HTTP/1.1 ") == 1, "\(hostile.name)")
        #expect(!(await reached.entries).contains("/smuggled"), "\(hostile.name)")
      }
    }
  }
}
