import Domain
import Glibc
import SecretSealing
import Services

/// Chats by scripts as the settings say, and the two scripts that this program carries.
enum ScriptedChats {
  /// Nil in the mode `service`.
  static func make(_ settings: Settings, fleet: any HostFleet, log: ServerLog) -> ScriptedChat? {
    let script: ChatScript
    switch settings.chatMode {
    case .service: return nil
    case .cli: script = carried("chat_cli_wrapper.py", PackageResources.chat_cli_wrapper_py)
    case .script: script = carried("chat_inference.py", PackageResources.chat_inference_py)
    }
    return ScriptedChat(
      settings: .init(
        mode: settings.chatMode, scriptPath: settings.chatScriptPath, timeout: settings.chatSeconds,
        script: script, owner: owner(of: settings.dataDirectory)),
      fleet: fleet, log: log)
  }

  private static func carried(_ name: String, _ bytes: [UInt8]) -> ChatScript {
    ChatScript(name: name, bytes: bytes, hash: hexadecimal(SHA256.hash(bytes)))
  }

  /// The same after every start: several servers may share a host's folder, and each sweeps only its own.
  private static func owner(of dataDirectory: String) -> String {
    var name = utsname()
    uname(&name)
    let machine = withUnsafeBytes(of: &name.nodename) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return String(hexadecimal(SHA256.hash(Array("\(machine):\(dataDirectory)".utf8))).prefix(16))
  }
}
