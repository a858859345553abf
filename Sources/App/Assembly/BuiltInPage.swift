import API
import PageFiles

/// The web page this program carries.
enum BuiltInPage {
  /// Nil where it was built without one; throws where it is damaged.
  static func read() throws -> WebPage? {
    guard let built = try PageFiles.builtIn() else { return nil }
    let files = built.files.map { file in
      (
        file.path,
        WebPage.File(
          contentType: file.contentType, hash: file.hash, bytes: file.bytes, gzip: file.gzip,
          brotli: file.brotli)
      )
    }
    return WebPage(files: Dictionary(files) { first, _ in first })
  }
}
