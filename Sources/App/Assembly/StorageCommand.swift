import Domain
import Glibc
import HTTPFetching
import Storage

/// `luthier storage`: looks at where datasets are kept, without a server.
package enum StorageCommand {
  /// Returns the exit code, of those that `luthier --help` lists.
  package static func run(_ arguments: [String]) async -> Int32 {
    guard arguments == ["check"] else {
      complain("luthier storage knows check.\nSee luthier help storage.")
      return 2
    }
    let settings: Settings
    do throws(SettingsError) {
      settings = try Settings(Serve.environment())
    } catch {
      complain("These settings cannot be used:\n\(error)")
      return 2
    }
    guard let storage = settings.storage else {
      say("Datasets are kept in \(settings.userDataDirectory) on this machine.")
      return 0
    }
    do {
      let http = try HTTPClient()
      defer { http.close() }
      say("Datasets are kept in \(storage.location.shown).")
      let clock = WallClock { .systemTime }
      _ = try await S3Client.prove(S3Client(storage, http: http, clock: clock), clock: clock) {
        say("  \($0)")
      }
      say("All that is needed may be done there.")
      return 0
    } catch {
      complain("\(error)")
      return 1
    }
  }

  private static func say(_ text: String) { write(text + "\n", to: 1) }
  private static func complain(_ text: String) { write(text + "\n", to: 2) }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
