import LineEditing

/// Edited lines of the process's own terminal.
struct EditedLines: LineEditing {
  private let editor: LineEditor
  private let waker: LineWaker
  private let interrupts: Interrupts

  /// Nil where the terminal can do no more than send lines.
  init?(complete: @escaping @Sendable (String) -> [String], interrupts: Interrupts) {
    guard let waker = LineWaker(), let editor = LineEditor(waker: waker, complete: complete) else {
      return nil
    }
    self.editor = editor
    self.waker = waker
    self.interrupts = interrupts
  }

  func read(prompt: String) -> TypedText {
    let waker = waker
    let typed = interrupts.handledNow(by: { waker.interrupt() }) { editor.read(prompt: prompt) }
    return switch typed {
    case .line(let text): .text(text)
    case .interrupted: .interrupted
    case .end: .end
    }
  }

  func remember(_ text: String) { editor.remember(text) }
}
