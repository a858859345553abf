/// How a model on a host is spoken to.
package enum ChatMode: String, Sendable, CaseIterable {
  /// A server that keeps the model loaded.
  case service
  /// A script that types into the interactive `llamafactory-cli chat`, once for each message.
  case cli
  /// A script that uses LLaMA-Factory's Python API, once for each message.
  case script
}

/// A script that this program carries and puts on hosts.
package struct ChatScript: Sendable, Equatable {
  package let name: String
  package let bytes: [UInt8]
  /// SHA-256, lower-case hexadecimal.
  package let hash: String

  package init(name: String, bytes: [UInt8], hash: String) {
    self.name = name
    self.bytes = bytes
    self.hash = hash
  }
}

extension DomainError.Code {
  package static let chatTimedOut = Self("chat_timed_out")
  package static let chatNoReply = Self("chat_no_reply")
  package static let chatCommandMissing = Self("chat_command_missing")
  package static let chatScriptMissing = Self("chat_script_missing")
  package static let chatWorkDirectoryMissing = Self("chat_work_dir_missing")
  package static let chatWrongPython = Self("chat_wrong_python")
  package static let chatOutOfMemory = Self("chat_out_of_memory")
  package static let chatMessageUnsendable = Self("chat_message_unsendable")
  package static let chatQueueFull = Self("chat_queue_full")
  package static let chatFailed = Self("chat_failed")
}
