import CCurl
import HTTPWire

/// Owns a curl easy handle with the options of one request.
struct EasyHandle: ~Copyable {
  let pointer: UnsafeMutableRawPointer
  private let headerList: UnsafeMutablePointer<curl_slist>?
  private let message: UnsafeMutablePointer<CChar>
  /// Set by the address guard.
  private let refused: UnsafeMutablePointer<Bool>

  /// Sets every option.
  ///
  /// Throws `FetchError` for a URL or a method that cannot be sent.
  init(_ request: FetchRequest) throws(FetchError) {
    // A NUL would cut the C string, a line break would begin another header.
    guard request.url.utf8.allSatisfy({ $0 > 32 && $0 != 127 }) else {
      throw FetchError(.invalidURL, detail: "a space or control character in the URL")
    }
    guard request.method.isToken else { throw FetchError(.invalidURL, detail: "the method is not a token") }
    guard let easy = curl_easy_init() else { throw FetchError(.other, detail: "curl_easy_init failed") }
    pointer = easy
    message = .allocate(capacity: Int(CURL_ERROR_SIZE))
    message[0] = 0
    refused = .allocate(capacity: 1)
    refused.initialize(to: false)
    var list: UnsafeMutablePointer<curl_slist>?
    for (name, value) in request.fields {
      // Curl's own form for a header without a value.
      list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    // Curl's guess, a web form, would be wrong.
    if !request.fields.contains("Content-Type") { list = curl_slist_append(list, "Content-Type:") }
    // Asking first is worth a round trip for a large upload only.
    if case .stream = request.body {} else { list = curl_slist_append(list, "Expect:") }
    headerList = list
    ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, list)
    ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, message)
    ccurl_set_string(easy, CURLOPT_URL, request.url)
    ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    ccurl_set_string(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
    ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    ccurl_set_long(easy, CURLOPT_BUFFERSIZE, request.receiveBuffer)
    if let file = request.authorityFile { ccurl_set_string(easy, CURLOPT_CAINFO, file) }
    if Self.isLoopback(request.url) { ccurl_set_string(easy, CURLOPT_NOPROXY, "*") }
    AddressGuard.install(request.reach, on: easy, refused: refused)
    setTimeouts(request)
    setBody(request)
  }

  deinit {
    curl_easy_cleanup(pointer)
    curl_slist_free_all(headerList)
    message.deallocate()
    refused.deallocate()
  }

  func setCallbacks(
    _ context: UnsafeMutableRawPointer, onHeader: @escaping ccurl_data_callback,
    onBody: @escaping ccurl_data_callback, onUpload: @escaping ccurl_data_callback
  ) {
    ccurl_set_pointer(pointer, CURLOPT_HEADERDATA, context)
    ccurl_set_pointer(pointer, CURLOPT_WRITEDATA, context)
    ccurl_set_pointer(pointer, CURLOPT_READDATA, context)
    ccurl_set_callback(pointer, CURLOPT_HEADERFUNCTION, onHeader)
    ccurl_set_callback(pointer, CURLOPT_WRITEFUNCTION, onBody)
    ccurl_set_callback(pointer, CURLOPT_READFUNCTION, onUpload)
  }

  /// Bytes of the body that were sent.
  var sentBytes: Int64 { Int64(ccurl_sent(pointer)) }

  /// What went wrong, with curl's own words as the detail.
  func failure(_ result: CURLcode) -> FetchError {
    let text = message[0] == 0 ? String(cString: curl_easy_strerror(result)) : String(cString: message)
    if refused.pointee, result == CURLE_COULDNT_CONNECT { return FetchError(.forbiddenAddress, detail: text) }
    return FetchError(result, systemError: ccurl_os_error(pointer), detail: text)
  }

  private func setTimeouts(_ request: FetchRequest) {
    ccurl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout))
    if let total = request.totalTimeout {
      ccurl_set_long(pointer, CURLOPT_TIMEOUT_MS, Self.milliseconds(total))
    }
    if request.maximumRedirects > 0 {
      ccurl_set_long(pointer, CURLOPT_FOLLOWLOCATION, 1)
      ccurl_set_long(pointer, CURLOPT_MAXREDIRS, request.maximumRedirects)
    }
  }

  private func setBody(_ request: FetchRequest) {
    switch request.body {
    case .none where request.method == .head:
      ccurl_set_long(pointer, CURLOPT_NOBODY, 1)
    case .none where [.post, .put, .patch].contains(request.method):
      // Says "Content-Length: 0", which these methods are expected to say.
      setBytes([])
    case .none: break
    case .bytes(let bytes): setBytes(bytes)
    case .stream(let length, _):
      ccurl_set_long(pointer, CURLOPT_UPLOAD, 1)
      ccurl_set_size(pointer, CURLOPT_INFILESIZE_LARGE, curl_off_t(length ?? -1))
      // A source cannot be rewound, so it must not be begun on a connection that may turn out to be dead.
      ccurl_set_long(pointer, CURLOPT_FRESH_CONNECT, 1)
    }
    ccurl_set_string(pointer, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
  }

  private func setBytes(_ bytes: [UInt8]) {
    ccurl_set_long(pointer, CURLOPT_POST, 1)
    ccurl_set_size(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
    bytes.withUnsafeBytes { raw in
      // Copied by curl; of an empty array it wants any address that is not null.
      let base = raw.baseAddress ?? UnsafeRawPointer(message)
      ccurl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: base))
    }
  }

  /// Zero would mean curl's default, so the least is one.
  private static func milliseconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    return max(1, Int(min(seconds, 4_000_000)) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }

  /// A proxy from the environment is for other machines, never for this one.
  private static func isLoopback(_ url: String) -> Bool {
    let rest = url.lowercased().drop { $0 != ":" }.dropFirst(3)
    return ["127.", "localhost:", "localhost/", "[::1]"].contains { rest.hasPrefix($0) }
      || rest == "localhost"
  }
}
