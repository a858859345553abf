/// What a piece of text is, as far as colour goes.
enum Tone {
  case plain, heading, good, bad, busy, faint
}

/// Colours text where colour was allowed.
struct Paint: Sendable {
  let isOn: Bool

  func callAsFunction(_ text: String, _ tone: Tone) -> String {
    guard isOn, tone != .plain, !text.isEmpty else { return text }
    let code =
      switch tone {
      case .plain: "0"
      case .heading: "1"
      case .good: "32"
      case .bad: "31"
      case .busy: "33"
      case .faint: "2"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
