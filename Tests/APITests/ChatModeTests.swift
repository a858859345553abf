import Contract
import Domain
import Glibc
import HTTPWire
import TestPrograms
import Testing

/// CHAT_MODE cli and script through the API: the real host, the real agent, and scripts that fail in every way.
@Suite(.serialized) struct ChatModeTests {
  /// A place with a base model, a work folder and a script.
  private struct Place {
    let folder: String
    var work: String { "\(folder)/work" }
    var model: String { "\(folder)/base" }

    init() throws {
      folder = try TestServer.makeFolder()
      for path in [work, model] { mkdir(path, 0o700) }
      try put("{\"model_type\": \"qwen2\"}", at: "\(model)/config.json")
      try put("", at: "\(model)/model.safetensors")
    }

    func put(_ text: String, at path: String) throws {
      let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      guard file >= 0 else { throw Unusable("\(path): \(errno)") }
      defer { close(file) }
      let bytes = Array(text.utf8)
      guard write(file, bytes, bytes.count) == bytes.count else { throw Unusable(path) }
    }

    /// A conda environment or virtual environment whose Python is this machine's and whose trainer does what it is told.
    func environment(_ path: String, mark: String, trainer: String = "exit 0") throws {
      mkdir("\(folder)/\(path)", 0o700)
      mkdir("\(folder)/\(path)/bin", 0o700)
      mkdir("\(folder)/\(path)/\(mark)", 0o700)
      try writeProgram("#!/bin/sh\n\(trainer)\n", to: "\(folder)/\(path)/bin/llamafactory-cli")
      try writeProgram("#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n", to: "\(folder)/\(path)/bin/python")
    }

    func ask(_ text: String = "Hello") -> Body {
      .json(["model_path": .string(model), "messages": [["role": "user", "content": .string(text)]]])
    }

    func settings(_ more: [String: String]) -> [String: String] {
      var settings = ["REMOTE_WORK_DIR": work, "CHAT_TIMEOUT": "60", "HOME": folder]
      settings.merge(more) { _, new in new }
      return settings
    }
  }

  /// Runs a server whose script is `script`, and asks it once.
  private func answer(
    to script: String, _ more: [String: String] = [:], text: String = "Hello",
    _ body: @Sendable (Answer, TestServer, String) async throws -> Void
  ) async throws {
    let place = try Place()
    defer { TestServer.removeFolder(place.folder) }
    try place.put(script, at: "\(place.work)/own.py")
    let settings = place.settings(
      ["CHAT_MODE": "script", "CHAT_SCRIPT_PATH": "own.py"].merging(more) { _, new in new })
    let ask = place.ask(text)
    let work = place.work
    try await TestServer.run(settings, onThisMachine: true) { server in
      let user = try await server.register("ada")
      let answer = try await server.send(.post, "/api/chat/completion", ask, as: user)
      try await body(answer, server, work)
      #expect(TestServer.names(below: "\(server.usersFolder)/.luthier/chats").isEmpty)
      #expect(!server.log.text.contains("Hello"))
    }
  }

  @Test func `a script of one's own gets the documented argument and runs in the work folder`() async throws {
    let script = """
      import json, os, sys
      config = json.loads(sys.argv[1])
      print("a library's noise")
      print(json.dumps({"role": "assistant", "content": "|".join([
        os.getcwd(), config["message"], config["template"], config["adapter_path"], str("stream" in config)])}))
      """
    try await answer(to: script, text: "it's \"quoted\" $(id) 你好") { answer, server, work in
      #expect(answer.status == 200)
      let content = try answer.string("content")
      #expect(content.hasPrefix(work + "|it's \"quoted\" $(id) 你好|"))
      #expect(content.hasSuffix("||False"))
    }
  }

  @Test(
    arguments: [
      ("print('nothing of use')", 502, "chat_no_reply", "nothing of use"),
      ("", 502, "chat_no_reply", "CHAT"),
      ("import llamafactory_that_is_not_there", 503, "chat_wrong_python", "CONDA_ENV"),
      ("raise RuntimeError('CUDA out of memory')", 503, "chat_out_of_memory", "smaller"),
      (
        "raise Exception('The command was not found or was not executable: llamafactory-cli.')", 503,
        "chat_command_missing", "LLAMAFACTORY_CLI_PATH"
      ),
      ("raise Exception('pexpect.exceptions.TIMEOUT')", 504, "chat_timed_out", "CHAT_TIMEOUT"),
      ("print('{\"error\": \"it broke\"}')", 502, "chat_failed", "it broke"),
      ("raise SystemExit('last words')", 502, "chat_failed", "last words"),
      (
        "print('{\"error\": {\"code\": \"model_missing\", \"message\": \"gone\", \"hint\": \"look\"}}')", 404,
        "model_missing", "look"
      ),
    ])
  func `each failure has its code and a cure`(
    script: String, status: Int, code: String, hint: String
  ) async throws {
    try await answer(to: script) { answer, _, _ in
      #expect(answer.status == status, "\(answer.text)")
      #expect(answer.json["code"]?.string == code)
      #expect(answer.json["origin"] == "host")
      let told = answer.json["hint"]?.string ?? ""
      #expect(hint == "CHAT" ? told.contains("nothing") : told.contains(hint), "\(told)")
    }
  }

  @Test func `a script that takes too long is ended with all it started`() async throws {
    let script = """
      import os, subprocess, time
      child = subprocess.Popen(["sleep", "3600"], start_new_session=True)
      open("pid", "w").write(str(child.pid))
      time.sleep(3600)
      """
    try await answer(to: script, ["CHAT_TIMEOUT": "3"]) { answer, server, work in
      #expect(answer.status == 504)
      #expect(answer.json["code"] == "chat_timed_out")
      #expect(answer.json["hint"]?.string?.contains("CHAT_TIMEOUT") == true)
      let pid = try #require(Self.pid(in: work))
      // It was killed; who inherits it may take a moment to bury it.
      _ = try await server.waitUntil("it is gone") { kill(pid, 0) != 0 ? true : nil }
    }
  }

  private static func pid(in work: String) -> pid_t? {
    guard let file = fopen("\(work)/pid", "r") else { return nil }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 32)
    let count = fread(&buffer, 1, 31, file)
    return pid_t(String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  @Test func `a missing script, work folder or environment is told before anything runs`() async throws {
    for (settings, code) in [
      (["CHAT_SCRIPT_PATH": "none.py"], "chat_script_missing"),
      (["CHAT_SCRIPT_PATH": "/no/where.py"], "chat_script_missing"),
      (["REMOTE_WORK_DIR": "/no/where"], "chat_work_dir_missing"),
      (["CONDA_ENV": "nowhere"], "chat_command_missing"),
      (["CHAT_SCRIPT_PATH": "", "LLAMAFACTORY_CLI_PATH": "/no/llamafactory-cli"], "chat_command_missing"),
    ] {
      try await answer(to: "print(1)", settings) { answer, _, _ in
        #expect(answer.status == 503, "\(answer.text)")
        #expect(answer.json["code"]?.string == code)
        #expect(answer.json["hint"]?.string?.isEmpty == false)
      }
    }
  }

  @Test func `Luthier's own scripts run in the conda environment that is named`() async throws {
    let place = try Place()
    defer { TestServer.removeFolder(place.folder) }
    mkdir("\(place.folder)/miniconda3", 0o700)
    mkdir("\(place.folder)/miniconda3/envs", 0o700)
    // Prints what `llamafactory-cli chat` prints, and says where it runs.
    try place.environment(
      "miniconda3/envs/lf", mark: "conda-meta",
      trainer: """
        echo 'Welcome to the CLI application'
        printf '\\nUser: '; read line; printf "Assistant: $CONDA_PREFIX $CONDA_DEFAULT_ENV $PWD ${PATH%%:*} $line\\n"
        printf '\\nUser: '; read line
        """)
    let settings = place.settings([
      "CHAT_MODE": "cli", "CONDA_ENV": "lf", "LLAMAFACTORY_CLI_PATH": "llamafactory-cli",
    ])
    let (ask, folder, work, model) = (place.ask("Hello"), place.folder, place.work, place.model)
    try await TestServer.run(settings, onThisMachine: true) { server in
      let user = try await server.register("ada")
      let answer = try await server.send(.post, "/api/chat/completion", ask, as: user)
      let environment = "\(folder)/miniconda3/envs/lf"
      #expect(
        answer.json["content"]?.string == "\(environment) lf \(work) \(environment)/bin Hello",
        "\(answer.text)")
      let streamed = try await server.send(
        .post, "/v1/chat/completions",
        .json([
          "model": .string(model), "messages": [["role": "user", "content": "Hello"]], "stream": true,
        ]), as: user)
      #expect(streamed.text.contains("[DONE]") && !streamed.text.contains("\"error\""))
      let doctor = try await server.send(.get, "/api/hosts/local/doctor", as: user)
      #expect(doctor.text.contains("chat (cli)"))
      let status = try await server.send(.get, "/api/models/\(model.dropFirst())/status", as: user)
      #expect(status.status == 200 || status.status == 404)
      #expect(!server.log.text.contains("Hello"))
    }
  }

  @Test func `one chat runs on a host at a time, and one whose caller left frees its turn`() async throws {
    let place = try Place()
    defer { TestServer.removeFolder(place.folder) }
    try place.put(
      """
      import json, os, sys, time
      message = json.loads(sys.argv[1])["message"]
      os.mkdir("running")
      if message == "stay":
          open("began", "w").close()
          try: time.sleep(3600)
          finally: pass
      os.rmdir("running")
      print(json.dumps({"role": "assistant", "content": message}))
      """, at: "\(place.work)/own.py")
    let settings = place.settings(["CHAT_MODE": "script", "CHAT_SCRIPT_PATH": "own.py"])
    let (stay, work, asks) = (place.ask("stay"), place.work, (1...3).map { place.ask("m\($0)") })
    try await TestServer.run(settings, onThisMachine: true) { server in
      let user = try await server.register("ada")
      let leaver = Task { try await server.send(.post, "/api/chat/completion", stay, as: user) }
      _ = try await server.waitUntil("it runs") { access("\(work)/began", F_OK) == 0 ? true : nil }
      leaver.cancel()
      _ = await leaver.result
      _ = try await server.waitUntil("it is cleaned up") {
        TestServer.names(below: "\(server.usersFolder)/.luthier/chats").isEmpty ? true : nil
      }
      rmdir("\(work)/running")
      try await withThrowingTaskGroup(of: Int.self) { group in
        for ask in asks {
          group.addTask { try await server.send(.post, "/api/chat/completion", ask, as: user).status }
        }
        for try await status in group { #expect(status == 200) }
      }
    }
  }

  @Test func `what an earlier process left is removed at the start`() async throws {
    let place = try Place()
    defer { TestServer.removeFolder(place.folder) }
    let data = try TestServer.makeFolder()
    defer { TestServer.removeFolder(data) }
    try place.put("import time; open('began', 'w').close(); time.sleep(3600)", at: "\(place.work)/own.py")
    let settings = place.settings(["CHAT_MODE": "script", "CHAT_SCRIPT_PATH": "own.py"])
    let chats = "\(data)/users/.luthier/chats"
    let (ask, work) = (place.ask(), place.work)
    let name = try await TestServer.run(settings, onThisMachine: true, keepingIn: data) { server in
      let user = try await server.register("ada")
      let asked = Task { try await server.send(.post, "/api/chat/completion", ask, as: user) }
      _ = try await server.waitUntil("it runs") { access("\(work)/began", F_OK) == 0 ? true : nil }
      let name = try #require(
        TestServer.names(below: chats).first?.dropFirst(chats.utf8.count + 1).split(separator: "/").first)
      asked.cancel()
      _ = await asked.result
      return String(name)
    }
    mkdir("\(chats)/\(name)", 0o700)
    try place.put("a secret", at: "\(chats)/\(name)/request.json")
    mkdir("\(chats)/0123456789abcdef-other", 0o700)
    try place.put("of another server", at: "\(chats)/0123456789abcdef-other/request.json")
    try await TestServer.run(settings, onThisMachine: true, keepingIn: data) { server in
      _ = try await server.waitUntil("the leftover is gone") {
        access("\(chats)/\(name)", F_OK) != 0 ? true : nil
      }
      #expect(access("\(chats)/0123456789abcdef-other", F_OK) == 0)
    }
  }
}
