import Contract
import Domain
import HTTPWire
import Testing

/// Votes on the answers of several models, and the dataset that they become.
@Suite struct ComparisonTests {
  private static func vote(_ more: [String: JSONValue] = [:]) -> Body {
    let body: [String: JSONValue] = [
      "prompt": "Who are you?", "verdict": "best", "winner": 1, "blind": true,
      "replies": [
        ["model": "base", "content": "A model."], ["model": "tuned", "content": "I am Luthier."],
      ],
    ]
    return .json(.object(body.merging(more) { _, new in new }))
  }

  private static let second: JSONValue = [
    ["role": "user", "content": "Hi"], ["role": "assistant", "content": "你好"],
  ]

  @Test func `votes are kept, counted by model, listed in pages and deleted`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let first = try await server.send(
        .post, "/api/comparisons", Self.vote(["settings": ["system_prompt": "Be short.", "seed": 7]]), as: ada
      )
      #expect(first.status == 200, "\(first.text)")
      #expect(first.json["settings"] == ["system_prompt": "Be short.", "seed": 7])
      #expect(first.json["winner"]?.integer == 1 && first.json["blind"] == true)
      for verdict in ["tie", "none"] {
        let answer = try await server.send(
          .post, "/api/comparisons", Self.vote(["verdict": .string(verdict), "winner": .null]), as: ada)
        #expect(answer.status == 200 && answer.json["winner"] == nil, "\(answer.text)")
      }
      let list = try await server.send(.get, "/api/comparisons?limit=2", as: ada).json
      #expect(list["comparisons"]?.items.map { $0["verdict"]?.string } == ["none", "tie"])
      #expect(
        list["models"] == [
          ["model": "tuned", "compared": 3, "wins": 1, "losses": 0, "ties": 1, "rejected": 1],
          ["model": "base", "compared": 3, "wins": 0, "losses": 1, "ties": 1, "rejected": 1],
        ])
      let next = try #require(list["next"]?.string)
      let rest = try await server.send(.get, "/api/comparisons?limit=2&after=\(next)", as: ada).json
      #expect(rest["comparisons"]?.items.map { $0["comparison_id"] } == [first.json["comparison_id"]])
      #expect(rest["next"] == nil)
      let path = "/api/comparisons/\(try first.string("comparison_id"))"
      #expect(try await server.send(.delete, path, as: ada).status == 200)
      try await server.check(APIScenario("twice", .delete, path, expect: 404), as: ada)
    }
  }

  @Test func `what is no vote is refused and not kept`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let one: JSONValue = ["model": "a", "content": "x"]
      let cases: [(String, [String: JSONValue])] = [
        ("no prompt", ["prompt": " \n"]), ("one reply", ["replies": [one]]),
        ("five replies", ["replies": [one, one, one, one, one]]),
        ("an empty reply", ["replies": [one, ["model": "b", "content": ""]]]),
        ("no name", ["replies": [one, ["model": "", "content": "x"]]]),
        ("a name of two lines", ["replies": [one, ["model": "a\nb", "content": "x"]]]),
        ("no winner", ["winner": .null]), ("a winner beyond", ["winner": 2]), ("before", ["winner": -1]),
        ("a tie with a winner", ["verdict": "tie"]), ("an unknown verdict", ["verdict": "first"]),
        (
          "half a history",
          ["replies": [one, ["model": "b", "content": "x", "history": [["role": "user", "content": "x"]]]]]
        ),
        (
          "a history the wrong way round",
          [
            "replies": [
              one,
              [
                "model": "b", "content": "x",
                "history": [["role": "assistant", "content": "x"], ["role": "user", "content": "x"]],
              ],
            ]
          ]
        ),
      ]
      for (name, change) in cases {
        try await server.check(
          APIScenario(
            name, .post, "/api/comparisons", Self.vote(change), expect: 422, contains: ["invalid_input"],
            storesNothing: true), as: ada)
      }
      for query in ["after=x", "after=-1", "limit=0", "limit=101"] {
        try await server.check(
          APIScenario(query, .get, "/api/comparisons?\(query)", expect: 422, storesNothing: true), as: ada)
      }
      try await server.check(
        APIScenario("a format of its own", .get, "/api/comparisons/export?format=csv", expect: 422), as: ada)
    }
  }

  @Test func `votes leave as preference data that is a dataset as it is`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      _ = try await server.send(.post, "/api/comparisons", Self.vote(), as: ada)
      _ = try await server.send(
        .post, "/api/comparisons",
        Self.vote([
          "settings": ["system_prompt": "Be short."],
          "replies": [
            ["model": "a", "content": "x", "history": Self.second],
            ["model": "b", "content": "line\n\"two\"", "history": Self.second],
          ],
        ]), as: ada)
      _ = try await server.send(
        .post, "/api/comparisons",
        Self.vote([
          "replies": [
            ["model": "a", "content": "x", "history": Self.second], ["model": "b", "content": "y"],
          ]
        ]),
        as: ada)
      let dpo = try await server.send(.get, "/api/comparisons/export", as: ada)
      #expect(dpo.fields["Content-Type"] == "application/jsonl")
      let lines = dpo.text.split(separator: "\n")
      // Of the last vote nothing: its models had not the same conversation.
      #expect(lines.count == 2)
      #expect(
        lines.last
          == #"{"chosen":"I am Luthier.","history":[],"input":"","instruction":"Who are you?","rejected":"A model.","system":""}"#
      )
      #expect(lines.first?.contains(#""history":[["Hi","你好"]]"#) == true)
      #expect(lines.first?.contains(#""chosen":"line\n\"two\"""#) == true)
      for (format, expected, rows) in [("dpo", "alpaca_preference", 2), ("kto", "kto", 6)] {
        let text = try await server.send(.get, "/api/comparisons/export?format=\(format)", as: ada).text
        let uploaded = try await server.send(
          .post, "/api/files/datasets", .form(.file("votes-\(format).jsonl", text)), as: ada)
        #expect(uploaded.status == 200, "\(uploaded.text)")
        let id = try uploaded.string("file_id")
        let dataset = try await server.send(.get, "/api/files/datasets/\(id)", as: ada).json
        #expect(dataset["dataset"]?["format"]?.string == expected, "\(dataset)")
        #expect(dataset["dataset"]?["rows"]?.integer == Int64(rows))
        #expect(dataset["problems"]?.items == [])
      }
    }
  }

  @Test func `without votes there is nothing to export`() async throws {
    try await TestServer.run { server in
      let ada = try await server.register("ada")
      let answer = try await server.send(.get, "/api/comparisons/export?format=kto", as: ada)
      #expect(answer.status == 200 && answer.text == "")
      let list = try await server.send(.get, "/api/comparisons", as: ada).json
      #expect(list["comparisons"]?.items == [] && list["models"]?.items == [])
    }
  }
}
