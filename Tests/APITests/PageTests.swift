import API
import HTTPWire
import Testing

/// The web page is served at all its addresses, compressed, kept as long as it may be, and guarded.
@Suite struct PageTests {
  private static let page = WebPage(files: [
    "index.html": .init(
      contentType: "text/html; charset=utf-8", hash: "0001", bytes: Array("<h1>whole</h1>".utf8),
      gzip: Array("zipped".utf8), brotli: Array("brotli".utf8)),
    "assets/main-AB12.js": .init(
      contentType: "text/javascript; charset=utf-8", hash: "0002", bytes: Array("whole()".utf8),
      gzip: Array("zip".utf8), brotli: nil),
    "assets/font-CD34.woff2": .init(
      contentType: "font/woff2", hash: "0003", bytes: [1, 2, 3], gzip: nil, brotli: nil),
    "assets/door-EF56.html": .init(
      contentType: "text/html; charset=utf-8", hash: "0004", bytes: Array("<title>door</title>".utf8),
      gzip: nil, brotli: nil),
  ])

  @Test func `every address of the page gives its document`() async throws {
    try await TestServer.run(page: Self.page) { server in
      for path in ["/", "/app", "/app/", "/app/tasks/7", "/app/%E4%BD%A0?x=1", "/?next=/app"] {
        let answer = try await server.send(.get, path)
        #expect(answer.status == 200, "\(path)")
        #expect(answer.text == "<h1>whole</h1>", "\(path)")
        #expect(answer.fields["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer.fields["Cache-Control"] == "no-cache")
      }
      #expect(try await server.send(.get, "/apps").status == 404)
      #expect(try await server.send(.post, "/app").status == 405)
    }
  }

  @Test func `its document lets nothing in from elsewhere and nothing inline`() async throws {
    try await TestServer.run(page: Self.page) { server in
      let answer = try await server.send(.get, "/app/chat")
      let policy = try #require(answer.fields["Content-Security-Policy"])
      #expect(
        policy == """
          default-src 'self'; style-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; \
          form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'
          """)
      #expect(answer.fields["X-Content-Type-Options"] == "nosniff")
      #expect(answer.fields["Referrer-Policy"] == "same-origin")
      #expect(answer.fields["Cross-Origin-Opener-Policy"] == "same-origin")
    }
  }

  @Test func `the frame among its assets has its own policy, which no page elsewhere may use`() async throws {
    try await TestServer.run(page: Self.page) { server in
      let frame = try await server.send(.get, "/assets/door-EF56.html")
      #expect(
        frame.fields["Content-Security-Policy"] == """
          default-src 'none'; script-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
          frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types default
          """)
      #expect(frame.fields["Cache-Control"] == "public, max-age=31536000, immutable")
      #expect(frame.fields["X-Content-Type-Options"] == "nosniff")
      let script = try await server.send(.get, "/assets/main-AB12.js")
      #expect(script.fields["Content-Security-Policy"] != frame.fields["Content-Security-Policy"])
    }
  }

  @Test func `each form goes to who takes it, with a tag of its own`() async throws {
    try await TestServer.run(page: Self.page) { server in
      for (accepted, coding, body, tag) in [
        ("gzip, deflate, br", "br", "brotli", "\"0001-br\""), ("gzip", "gzip", "zipped", "\"0001-gzip\""),
        ("br;q=0, gzip", "gzip", "zipped", "\"0001-gzip\""), ("deflate", nil, "<h1>whole</h1>", "\"0001\""),
        ("identity", nil, "<h1>whole</h1>", "\"0001\""),
      ] {
        let answer = try await server.raw(Self.asked("/", "Accept-Encoding: \(accepted)"))
        #expect(Self.field("Content-Encoding", in: answer.text) == coding, "\(accepted)")
        #expect(Self.field("ETag", in: answer.text) == tag, "\(accepted)")
        #expect(Self.field("Vary", in: answer.text) == "Accept-Encoding", "\(accepted)")
        #expect(answer.text.hasSuffix("\r\n\r\n\(body)"), "\(accepted)")
      }
    }
  }

  @Test func `who has it already is told so`() async throws {
    try await TestServer.run(page: Self.page) { server in
      for (had, status) in [
        ("\"0001\"", 304), ("W/\"0001\"", 304), ("\"x\", \"0001\"", 304), ("*", 304), ("\"0002\"", 200),
        ("\"0001-br\"", 200), ("0001", 200),
      ] {
        let answer = try await server.send(.get, "/", fields: [("If-None-Match", had)])
        #expect(answer.status == status, "\(had)")
        #expect(answer.bytes.isEmpty == (status == 304), "\(had)")
        #expect(answer.fields["ETag"] == "\"0001\"")
        #expect(answer.fields["Cache-Control"] == "no-cache")
      }
    }
  }

  @Test func `assets are kept for a year, and what is none is not found`() async throws {
    try await TestServer.run(page: Self.page) { server in
      let script = try await server.send(.get, "/assets/main-AB12.js")
      #expect(script.text == "whole()")
      #expect(script.fields["Cache-Control"] == "public, max-age=31536000, immutable")
      #expect(script.fields["Content-Type"] == "text/javascript; charset=utf-8")
      let font = try await server.send(.get, "/assets/font-CD34.woff2")
      #expect(font.bytes == [1, 2, 3])
      #expect(font.fields["Vary"] == nil)
      let head = try await server.send(.head, "/assets/main-AB12.js")
      #expect(head.status == 200 && head.bytes.isEmpty)
      for path in [
        "/assets/main-ZZ99.js", "/assets/index.html", "/assets/", "/assets",
      ] {
        let answer = try await server.send(.get, path)
        #expect(answer.status == 404, "\(path)")
        #expect(answer.fields["Cache-Control"]?.contains("immutable") != true, "\(path)")
      }
    }
  }

  @Test func `a form that varies by origin too says both`() async throws {
    try await TestServer.run(["CORS_ORIGINS": "https://a.example"], page: Self.page) { server in
      let answer = try await server.send(.get, "/", fields: [("Origin", "https://a.example")])
      #expect(answer.fields["Vary"] == "Accept-Encoding, Origin")
    }
  }

  @Test func `a program without the page says so, and how to get it`() async throws {
    try await TestServer.run { server in
      for path in ["/", "/app/tasks"] {
        let answer = try await server.send(.get, path)
        #expect(answer.status == 200)
        #expect(answer.text.contains("make page"))
      }
      #expect(try await server.send(.get, "/assets/main-AB12.js").status == 404)
    }
  }

  private static func asked(_ path: String, _ field: String) -> String {
    "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(field)\r\nConnection: close\r\n\r\n"
  }

  private static func field(_ name: String, in answer: String) -> String? {
    answer.split(separator: "\r\n").first { $0.hasPrefix("\(name): ") }.map {
      String($0.dropFirst(name.count + 2))
    }
  }
}
