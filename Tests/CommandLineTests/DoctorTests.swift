@testable import CommandLineTool
import Contract
import HTTPServing
import HTTPWire
import Testing

/// What is missing, and what cures it.
struct DoctorTests {
  private static func handler(isSignedIn: Bool, trainer: DoctorReply.Outcome) -> Handler {
    { request in
      switch request.target.path {
      case "/api/health":
        return try .wire(HealthReply(status: "ok", version: "1", uptimeSeconds: 1, database: "ok"))
      case "/api/auth/me":
        return isSignedIn ? try .wire(Sample.user) : try .refusal(401, "unauthenticated", "Not signed in.")
      case "/api/hosts":
        return try .wire(
          HostListReply(hosts: [
            HostReply(
              hostID: "local", name: "This machine", kind: .local, state: .connected, reachable: true,
              fingerprints: [], slots: 1, slotsInUse: 0, editable: false)
          ]))
      default:
        return try .wire(
          DoctorReply(
            healthy: trainer != .failed,
            checks: [
              .init(name: "disk", outcome: .passed, message: "50 GB free", cure: "unused"),
              .init(
                name: "trainer", outcome: trainer, message: "LLaMA-Factory is not installed",
                cure: "scripts/install-trainer"),
            ]))
      }
    }
  }

  @Test func `a failed check is shown with its cure and ends with 1`() async throws {
    try await TestServer.run(Self.handler(isSignedIn: true, trainer: .failed)) { server in
      let console = server.console()
      #expect(await console.run("doctor") == .failed)
      #expect(console.output.text.contains("FAILED   This machine: trainer: LLaMA-Factory is not installed"))
      #expect(console.output.text.contains("cure: scripts/install-trainer"))
      #expect(!console.output.text.contains("unused"))
    }
  }

  @Test func `a warning is no failure`() async throws {
    try await TestServer.run(Self.handler(isSignedIn: true, trainer: .warning)) { server in
      let console = server.console()
      #expect(await console.run("doctor", "local") == .done)
      #expect(console.output.text.contains("warning  This machine: trainer"))
      #expect(await server.console().run("doctor", "elsewhere") == .notFound)
    }
  }

  @Test func `a missing sign-in and a missing server have their cures`() async throws {
    let url = try await TestServer.run(Self.handler(isSignedIn: false, trainer: .passed)) { server in
      let console = server.console()
      #expect(await console.run("doctor") == .failed)
      #expect(console.output.text.contains("cure: luthier login --server \(server.url)"))
      return server.url
    }
    let console = TestConsole(environment: ["LUTHIER_SERVER": url])
    #expect(await console.run("doctor") == .failed)
    #expect(console.output.text.contains("FAILED   server: \(url) cannot be reached"))
    #expect(console.output.text.contains("luthier serve"))
  }
}
