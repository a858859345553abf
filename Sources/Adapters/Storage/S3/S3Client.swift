import Concurrency
package import Domain
package import HTTPFetching
import HTTPWire
import SecretSealing

/// A request to the store; a key is an object's whole name, and none is the bucket itself.
struct S3Request: Sendable {
  var method: HTTPMethod
  var key: String?
  var query: [(name: String, value: String)] = []
  /// Lower-case names; all of them are signed.
  var fields: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// SHA-256 of the body in hexadecimal, where it is known; a wrong one is sent as it is.
  var bodyHash: String?

  init(_ method: HTTPMethod, _ key: String?, query: [(name: String, value: String)] = []) {
    self.method = method
    self.key = key
    self.query = query
  }
}

/// Asks an object store: signs, sends, reads what it says, and asks again where a failure is one that passes.
package struct S3Client: Sendable {
  /// Tries of one request, each after a longer pause: about eight seconds in all.
  private var mostTries = 6
  private static let mostMoves = 2

  let location: S3Location
  private let http: HTTPClient
  private let credentials: S3Credentials
  private let signer: S3Signer
  private let authorityFile: String?
  private let clock: WallClock
  private let pause: @Sendable (Duration) async throws -> Void

  /// - Parameters:
  ///   - authorityFile: PEM file of the authorities that its certificate may be of; nil: the system's.
  ///   - pause: waits between two tries; a test does not.
  package init(
    http: HTTPClient, location: S3Location, credentials: S3Credentials, authorityFile: String? = nil,
    clock: WallClock,
    pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.http = http
    self.location = location
    self.credentials = credentials
    signer = S3Signer(credentials: credentials, region: location.region)
    self.authorityFile = authorityFile
    self.clock = clock
    self.pause = pause
  }

  /// The whole answer of a request that is done.
  func send(_ request: S3Request, upTo maximum: Int = 4 << 20) async throws(S3Failure) -> (
    fields: HTTPFields, body: [UInt8]
  ) {
    try await perform(request) { response in
      defer { response.close() }
      let body = try await response.collect(upTo: maximum)
      // What takes long is begun with 200, and may turn out to be an error: by its body alone.
      if request.method == .post, let answer = try? S3Answer(body), answer.name == "Error" {
        throw S3Failure.refused(
          S3Refusal(response.status, response.fields, body: body, hiding: credentials.hiding))
      }
      return (response.fields, body)
    }
  }

  /// Without another try.
  func sendOnce(_ request: S3Request) async throws(S3Failure) {
    var once = self
    once.mostTries = 1
    _ = try await once.send(request)
  }

  /// The answer's head, with its body on the way; close it on every path.
  func open(_ request: S3Request) async throws(S3Failure) -> FetchResponse {
    try await perform(request) { $0 }
  }

  /// A whole answer that is XML.
  func ask(_ request: S3Request, for root: String) async throws(S3Failure) -> S3Answer {
    let body = try await send(request).body
    guard let answer = try? S3Answer(body), answer.name == root else {
      throw .unreadable("no \(root) came, but \(body.count) bytes of something else")
    }
    return answer
  }

  private func perform<Value>(
    _ request: S3Request, _ take: (FetchResponse) async throws -> Value
  ) async throws(S3Failure) -> Value {
    var place = location
    var (tries, moves) = (0, 0)
    while true {
      tries += 1
      let failure: S3Failure
      do {
        return try await once(request, at: place, take)
      } catch let error as S3Failure {
        failure = error
      } catch let error as FetchError {
        failure = .unreached(error)
      } catch {
        failure = .cancelled
      }
      if moves < Self.mostMoves, let moved = redirection(failure, from: place) {
        moves += 1
        tries -= 1
        place = moved
        continue
      }
      guard failure.isPassing, tries < mostTries else { throw failure }
      do {
        try await pause(.milliseconds(Int(Double(200 << (tries - 1)) * Double.random(in: 0.75...1.25))))
      } catch {
        throw .cancelled
      }
    }
  }

  private func once<Value>(
    _ request: S3Request, at place: S3Location, _ take: (FetchResponse) async throws -> Value
  ) async throws -> Value {
    let response = try await http.open(prepared(request, at: place))
    if (200..<300).contains(response.status.code) {
      do {
        return try await take(response)
      } catch {
        response.close()
        throw error
      }
    }
    defer { response.close() }
    let body = (try? await response.collect(upTo: 256 << 10)) ?? []
    try Task.checkCancellation()
    throw S3Failure.refused(
      S3Refusal(response.status, response.fields, body: body, hiding: credentials.hiding))
  }

  private func prepared(_ request: S3Request, at place: S3Location) -> FetchRequest {
    let path = place.path(of: request.key)
    let hash = request.bodyHash ?? (request.body.isEmpty ? S3Signer.emptyHash : Self.hash(request.body))
    let added = signer.sign(
      .init(
        method: request.method.rawValue, host: place.host, path: path, query: request.query,
        fields: request.fields, payloadHash: hash), at: clock.now())
    let query = request.query.isEmpty ? "" : "?" + S3Signer.query(request.query)
    var fetch = FetchRequest(request.method, "\(place.scheme)://\(place.host)\(path)\(query)")
    for (name, value) in request.fields + added {
      if let name = HTTPFieldName(name) { fetch.fields.add(name, value) }
    }
    if request.method == .put || request.method == .post {
      fetch.fields.add("Content-Type", "application/octet-stream")
      fetch.body = .bytes(request.body)
    }
    fetch.stallTimeout = .seconds(60)
    fetch.receiveBuffer = 256 << 10
    fetch.authorityFile = authorityFile
    return fetch
  }

  /// Where the bucket is to be found instead: at an address of the same store, by the same scheme.
  private func redirection(_ failure: S3Failure, from place: S3Location) -> S3Location? {
    guard case .refused(let refusal) = failure, refusal.status == 307, let target = refusal.location,
      target.hasPrefix(place.scheme + "://")
    else { return nil }
    var host = String(target.dropFirst(place.scheme.count + 3).prefix { !"/?#".contains($0) })
    if place.style == .host {
      guard host.hasPrefix(place.bucket + ".") else { return nil }
      host.removeFirst(place.bucket.count + 1)
    }
    guard !host.contains("@"), Self.isKin(host, of: location.endpoint) else { return nil }
    return place.moved(to: host)
  }

  /// Whether two addresses are of one house: what is sent to one may be sent to the other.
  private static func isKin(_ host: String, of endpoint: String) -> Bool {
    func name(_ text: String) -> Substring { text.prefix { $0 != ":" } }
    if name(host) == name(endpoint) { return true }
    let labels = name(endpoint).split(separator: ".")
    // An address in digits has no kin.
    guard labels.count > 2, labels.last?.allSatisfy(\.isNumber) == false else { return false }
    return name(host).hasSuffix("." + labels.suffix(2).joined(separator: "."))
  }

  static func hash(_ bytes: [UInt8]) -> String {
    let hash = ContentHash()
    hash.update(bytes)
    return hexadecimal(hash.finish())
  }
}
