import Domain
import FoundationEssentials

extension ScriptedChat {
  /// What the chosen mode needs on a host, for the doctor.
  func checks(on host: any Host) async -> [HostService.Check] {
    let name = "chat (\(settings.mode.rawValue))"
    do throws(DomainError) {
      let command = try await ScriptCommand.find(settings, on: host)
      guard command.isOwn else {
        return [
          HostService.Check(
            name: name, outcome: .passed, message: "\(command.script), run by \(command.arguments[0])",
            cure: nil)
        ]
      }
      return [try await check(command, named: name, on: host)]
    } catch {
      return [HostService.Check(name: name, outcome: .failed, message: error.message, cure: error.hint)]
    }
  }

  private struct Report: Decodable {
    let python: String
    let executable: String
    let llamafactory: String?
    let pexpect: String?
    let problem: String?
  }

  private func check(_ command: ScriptCommand, named name: String, on host: any Host)
    async throws(DomainError) -> HostService.Check
  {
    let text = try await inspect(command, on: host)
    guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("{") }),
      let report = try? JSONDecoder().decode(Report.self, from: Data(line.utf8))
    else { throw ScriptFailure.noReply(text) }
    if let problem = report.problem { throw ScriptFailure.wrongPython(problem) }
    let terminal =
      settings.mode == .cli ? report.pexpect.map { ", pexpect \($0)" } ?? ", without pexpect" : ""
    return HostService.Check(
      name: name, outcome: .passed,
      message: "LLaMA-Factory \(report.llamafactory ?? "of unknown version"), Python \(report.python)"
        + "\(terminal) (\(report.executable))", cure: nil)
  }
}
