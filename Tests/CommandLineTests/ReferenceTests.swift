@testable import CommandLineTool
import Testing

/// Completions and the manual page: made from the commands, so that they cannot be behind them.
struct ReferenceTests {
  @Test(arguments: ShellCompletion.allCases)
  func `every command and every option is completed`(_ shell: ShellCompletion) {
    let script = shell.script(CommandTree.root)
    for place in CommandTree.root.places {
      #expect(place.words.isEmpty || script.contains(place.words), "\(place.words)")
      for option in place.options { #expect(script.contains(option.name), "\(place.words) --\(option.name)") }
    }
    #expect(!script.contains("for-chats"))
  }

  @Test func `the manual has every command with its options and examples`() {
    let page = ManualPage(root: CommandTree.root).text
    for place in CommandTree.root.places where place.command.action != nil {
      #expect(page.contains(".SS luthier " + place.words.replacingDashes), "\(place.words)")
      for option in place.command.options {
        #expect(page.contains("\\-\\-" + option.name.replacingDashes), "\(option.name)")
      }
    }
    // A line that begins with a dot is an order: only those of the page itself are there.
    let orders = Set(
      page.split(separator: "\n").filter { $0.hasPrefix(".") }.compactMap { $0.split(separator: " ").first })
    #expect(
      orders.isSubset(of: [".\\\"", ".TH", ".SH", ".SS", ".B", ".I", ".RI", ".TP", ".PP", ".nf", ".fi"]))
  }

  @Test func `a shell that is not known is refused`() async {
    let console = TestConsole()
    #expect(await console.run("completions", "tcsh") == .usage)
    #expect(console.output.text.isEmpty)
    #expect(await console.run("completions", "bash") == .done)
    #expect(console.output.text.contains("complete -o default -F _luthier luthier"))
  }
}

extension String {
  fileprivate var replacingDashes: String { split(separator: "-").joined(separator: "\\-") }
}
