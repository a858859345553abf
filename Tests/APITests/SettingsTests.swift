@testable import Assembly
import FoundationEssentials
import HTTPWire
import Storage
import Testing

/// Settings are one list: what is read, what the example file shows, what is told when it is wrong.
@Suite struct SettingsTests {
  /// `.env.example` at the repository's root, found from this file.
  private static func example() throws -> String {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return try String(
      contentsOf: URL(filePath: "/" + parts.joined(separator: "/") + "/.env.example"), encoding: .utf8)
  }

  private static func names(in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      var rest = line[...]
      if rest.hasPrefix("# ") {
        rest = rest.dropFirst(2)
      } else if rest.hasPrefix("#") {
        rest = rest.dropFirst()
      }
      guard let equals = rest.firstIndex(of: "=") else { return nil }
      let name = rest[..<equals]
      guard !name.isEmpty, name.allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" }) else { return nil }
      return String(name)
    }
  }

  @Test func `the example file lists every setting once, and no other`() throws {
    let names = Self.names(in: try Self.example())
    #expect(names.sorted() == Settings.keys.map(\.name).sorted())
    #expect(Set(names).count == names.count)
  }

  @Test func `the example file as it is sets nothing`() throws {
    #expect(EnvironmentFile.parse(try Self.example()).isEmpty)
  }

  @Test func `the example file's values are taken when they are switched on`() throws {
    let on = try Self.example().split(separator: "\n").map { line in
      let name = Self.names(in: String(line)).first
      return name == nil ? String(line) : String(line.drop { $0 == "#" || $0 == " " })
    }.joined(separator: "\n")
    let values = EnvironmentFile.parse(on)
    #expect(values.count == Settings.keys.count)
    let settings = try Settings(values)
    #expect(settings.port == 8000)
  }

  @Test func `every key of the list is really read`() throws {
    let wrong = [
      "PORT": "x", "LUTHIER_TLS_CERTIFICATE": "relative", "LUTHIER_TLS_KEY": "relative",
      "LUTHIER_CONNECTIONS": "0", "LUTHIER_CONNECTIONS_PER_ADDRESS": "-1",
      "HOST": "unix:relative", "LUTHIER_DATA_DIR": "relative", "REMOTE_USER_DATA_DIR": "relative",
      "MAX_UPLOAD_SIZE": "0",
      "ACCESS_TOKEN_EXPIRE_MINUTES": "0", "GUEST_ACCESS": "perhaps", "LUTHIER_TRAINER": "relative",
      "LUTHIER_SLOTS": "0", "LUTHIER_MODEL_FOLDERS": "relative", "LUTHIER_MODEL_LOAD_TIMEOUT": "x",
      "LUTHIER_MODEL_IDLE_TIMEOUT": "x", "LUTHIER_LOG_LEVEL": "loud", "LUTHIER_LOG_FORMAT": "xml",
      "SECRET_KEY": "short", "DATABASE_URL": "postgresql://user:pass-word@db@host/luthier",
    ]
    do {
      _ = try Settings(wrong)
      Issue.record("wrong settings were taken")
    } catch {
      // All at once, each by its name.
      #expect(error.problems.count == wrong.count, "\(error)")
      for name in wrong.keys { #expect(error.problems.contains { $0.hasPrefix("\(name): ") }, "\(name)") }
      #expect(!"\(error)".contains("pass-word"))
      #expect(!"\(error)".contains("short,") && !"\(error)".contains("\"short\""))
    }
  }

  @Test func `a host over SSH has its own folders, and this machine keeps its own`() throws {
    let settings = try Settings([
      "HOME": "/h", "SSH_HOST": "gpu1", "SSH_PORT": "2222", "SSH_USERNAME": "u", "SSH_PASSWORD": "pass-word",
      "REMOTE_USER_DATA_DIR": "/data/users/", "REMOTE_WORK_DIR": "~/work",
    ])
    let ssh = try #require(settings.ssh)
    #expect(ssh.host == "gpu1" && ssh.port == 2222 && ssh.user == "u" && ssh.password == "pass-word")
    #expect(ssh.userDataDirectory == "/data/users" && ssh.workDirectory == "~/work")
    #expect(settings.userDataDirectory == "/h/.local/share/luthier/users")
    #expect(try Settings(["SSH_HOST": "gpu1"]).ssh?.userDataDirectory == "~/.luthier/users")
    #expect(try Settings(["REMOTE_USER_DATA_DIR": "/data"]).userDataDirectory == "/data")
    #expect(try Settings([:]).ssh == nil)
  }

  @Test func `settings for SSH without a host, or wrong ones, are told by name and without their secrets`() {
    for (name, value) in [
      ("SSH_PORT", "0"), ("SSH_PORT", "22"), ("SSH_PASSWORD", "pass-word"), ("SSH_KEY_PATH", "id"),
      ("REMOTE_WORK_DIR", "work"),
    ] {
      let error = #expect(throws: SettingsError.self) { try Settings([name: value]) }
      #expect(error?.problems.first?.hasPrefix("\(name): ") == true, "\(name)")
      #expect(!"\(error as Any)".contains("pass-word"))
    }
  }

  private static let store = [
    "LUTHIER_STORAGE": "s3://bucket/team/a", "LUTHIER_S3_KEY_ID": "KEY",
    "LUTHIER_S3_SECRET_KEY": "hidden-secret",
  ]

  private func storage(_ more: [String: String]) throws -> StorageSettings? {
    try Settings(Self.store.merging(more) { _, new in new }).storage
  }

  @Test func `an object store is named by a few settings, and Amazon's by fewer`() throws {
    let amazon = try #require(try storage(["LUTHIER_S3_REGION": "eu-west-3"])).location
    #expect(amazon.isSecure && amazon.endpoint == "s3.eu-west-3.amazonaws.com" && amazon.style == .host)
    #expect(amazon.bucket == "bucket" && amazon.prefix == "team/a" && amazon.region == "eu-west-3")
    let own = try #require(try storage(["LUTHIER_S3_ENDPOINT": "http://10.0.0.5:9000/"])).location
    #expect(!own.isSecure && own.endpoint == "10.0.0.5:9000" && own.style == .path)
    let named = try #require(
      try storage([
        "LUTHIER_S3_ENDPOINT": "https://s3.example.org:443", "LUTHIER_S3_STYLE": "host",
        "LUTHIER_STORAGE": "s3://bucket",
      ])
    ).location
    #expect(named.endpoint == "s3.example.org" && named.style == .host && named.prefix.isEmpty)
    #expect(try Settings(["LUTHIER_STORAGE": "local"]).storage == nil)
    #expect(try Settings([:]).storage == nil)
  }

  @Test func `a wrong setting of an object store is told by name, without its secret`() throws {
    for (name, value) in [
      ("LUTHIER_STORAGE", "gs://bucket"), ("LUTHIER_STORAGE", "s3://"), ("LUTHIER_STORAGE", "s3://b"),
      ("LUTHIER_STORAGE", "s3://bucket/../x"), ("LUTHIER_STORAGE", "s3://bu cket"), ("LUTHIER_S3_KEY_ID", ""),
      ("LUTHIER_S3_SECRET_KEY", ""), ("LUTHIER_S3_ENDPOINT", "s3.example.org"),
      ("LUTHIER_S3_ENDPOINT", "http://s3.example.org"), ("LUTHIER_S3_ENDPOINT", "http://8.8.8.8:9000"),
      ("LUTHIER_S3_ENDPOINT", "https://u:p@s3.example.org"), ("LUTHIER_S3_STYLE", "both"),
      ("LUTHIER_S3_REGION", "a/b"), ("LUTHIER_S3_CA", "relative"), ("LUTHIER_S3_SECRET_KEY", ""),
    ] {
      let error = #expect(throws: SettingsError.self) { try storage([name: value]) }
      #expect(
        error?.problems.count == 1 && error?.problems.first?.hasPrefix("\(name): ") == true,
        "\(name) \(value)")
      #expect(!"\(error as Any)".contains("hidden-secret"))
    }
    let alone = #expect(throws: SettingsError.self) {
      try Settings(["LUTHIER_S3_SECRET_KEY": "hidden-secret"])
    }
    #expect(alone?.problems.first?.hasPrefix("LUTHIER_S3_SECRET_KEY: LUTHIER_STORAGE") == true)
    for near in [
      "http://localhost:9000", "http://minio:9000", "http://[::1]:9000", "http://s3.lan", "http://172.20.0.2",
    ] {
      #expect(try storage(["LUTHIER_S3_ENDPOINT": near])?.location.isSecure == false, "\(near)")
    }
  }

  @Test func `the secret may be in a file that nobody else may read`() throws {
    let path = "/tmp/" + "luthier-secret-\(UInt64.random(in: 0..<UInt64.max))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("hidden-secret\nmore".utf8).write(to: URL(filePath: path))
    func read(_ mode: Int, _ more: [String: String] = [:]) throws -> StorageSettings? {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      return try storage(
        ["LUTHIER_S3_SECRET_KEY": "", "LUTHIER_S3_SECRET_KEY_FILE": path].merging(more) { $1 })
    }
    #expect(try read(0o600) != nil)
    #expect(try read(0o640) != nil)
    let open = #expect(throws: SettingsError.self) { try read(0o644) }
    #expect(open?.problems.first?.contains("chmod 600") == true)
    let both = #expect(throws: SettingsError.self) {
      try read(0o600, ["LUTHIER_S3_SECRET_KEY": "hidden-secret"])
    }
    #expect(!"\(both as Any)".contains("hidden-secret"))
    let missing = #expect(throws: SettingsError.self) {
      try read(0o600, ["LUTHIER_S3_SECRET_KEY_FILE": path + "x"])
    }
    #expect(missing?.problems.count == 1)
  }

  @Test func `with nothing set there is a whole set of settings`() throws {
    let settings = try Settings(["HOME": "/home/ada"])
    #expect(settings.host == "127.0.0.1")
    #expect(settings.port == 8000)
    #expect(settings.dataDirectory == "/home/ada/.local/share/luthier")
    #expect(settings.userDataDirectory == "/home/ada/.local/share/luthier/users")
    #expect(settings.maximumUpload == 104_857_600)
    #expect(settings.tokenMinutes == 1440)
    #expect(!settings.guestAccess)
    #expect(settings.slots == 1)
  }

  @Test func `an empty value counts as not set`() throws {
    let settings = try Settings(["HOME": "/h", "PORT": "", "SECRET_KEY": "", "DATABASE_URL": "", "HOST": ""])
    #expect(settings.port == 8000)
    #expect(settings.secretKey == nil)
    #expect(settings.databaseURL == "sqlite:////h/.local/share/luthier/luthier.db")
  }

  @Test func `the environment file is read without being run`() {
    let text = """
      # a comment
      PORT=9000
      export HOST = "0.0.0.0"
      SECRET_KEY='with # and = inside'  # behind
      CORS_ORIGINS=https://a.example # behind
      PASSWORD=a#b
      LUTHIER_DATA_DIR=$(id)`id`${HOME}
      not a line
      =nothing
      A-B=1
      EMPTY=
      """
    let values = EnvironmentFile.parse(text)
    #expect(values["PORT"] == "9000")
    #expect(values["HOST"] == "0.0.0.0")
    #expect(values["SECRET_KEY"] == "with # and = inside")
    #expect(values["CORS_ORIGINS"] == "https://a.example")
    #expect(values["PASSWORD"] == "a#b")
    #expect(values["LUTHIER_DATA_DIR"] == "$(id)`id`${HOME}")
    #expect(values["EMPTY"] == "")
    #expect(values["A-B"] == nil)
    #expect(values.count == 7)
  }

  @Test func `a running server shows its secret to nobody, and logs neither it nor what users type`()
    async throws
  {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let key = try await server.send(.post, "/api/auth/keys", .json(["name": "k"]), as: user).string("key")
      _ = try await server.send(.get, "/api/auth/me?token=\(key)", token: key)
      _ = try await server.send(
        .post, "/api/auth/login", .json(["username_or_email": "ada", "password": "a wrong one"]))
      let log = server.log.text
      #expect(log.contains("request"))
      for secret in [TestServer.secret, TestServer.password, "a wrong one", key, user.token] {
        #expect(!log.contains(secret))
      }
      for path in ["/", "/docs", "/openapi.json", "/api/health", "/api/hosts", "/api/auth/me"] {
        #expect(!(try await server.send(.get, path, as: user)).text.contains(TestServer.secret))
      }
    }
  }
}
