import API
import Concurrency
import Domain
import HTTPFetching
import HTTPServing
import HTTPWire
import Services

/// Answers what a server can that is not in charge, and lets the one that is answer the rest.
struct ServerRelay: Sendable {
  /// Tells a server in charge no more that it must not pass on what was passed on to it.
  private static let mark: HTTPFieldName = "Luthier-Relayed"
  /// Of one connection, and not of what it carries (RFC 9110 section 7.6.1).
  private static let ofConnection: [HTTPFieldName] = [
    "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host",
    "Content-Length", "Expect", "Date",
  ]
  /// An answer of no more bytes is sent with its length.
  private static let short = 1 << 20
  /// A body of no more bytes is kept until it is answered, so that it can be sent to another server.
  private static let keptBody = 1 << 16
  /// How long a request waits for a server to come to be in charge: an orderly change takes less, and a server that
  /// died is waited for by its clients.
  private static let patience = Duration.seconds(5)

  let server: ServerID
  let charge: ServerCharge
  let holder: ChargeHolder
  let client: HTTPClient
  let router: APIRouter

  func handle(_ request: Request) async throws -> Response {
    if charge.isAnswering || router.answersEverywhere(request) { return try await router.handle(request) }
    do {
      return try await answer(request)
    } catch is CancellationError {
      throw CancellationError()
    } catch is HTTPError {
      throw CancellationError()  // its body was broken off
    } catch {
      return router.answer(
        to: error is DomainError ? error : DomainError.notInCharge(detail: "\(error)"), request: request)
    }
  }

  /// Lets the server in charge answer; while one takes over from another, waits for it where that may be done.
  private func answer(_ request: Request) async throws -> Response {
    let end = ContinuousClock.now + Self.patience
    // The server in charge knows how much its route takes.
    request.body.limit = .max
    var body: [UInt8]?
    while true {
      if charge.isAnswering, body == nil { return try await router.handle(request) }
      var problem: any Error = DomainError.notInCharge()
      if let holder = try target(of: request) {
        if body == nil, let length = request.body.expectedBytes, 1...Int64(Self.keptBody) ~= length {
          body = try await request.body.collect()
        }
        do {
          let response = try await relay(request, body, to: holder)
          // Nothing was done then, whatever was asked for.
          guard Self.isOfNoneInCharge(response), body != nil || request.body.expectedBytes == 0 else {
            return response
          }
        } catch let error where mayRepeat(request, body, after: error) {
          problem = error
        }
      }
      guard ContinuousClock.now < end else { throw problem }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// Who is to be asked now; nil where that is not known yet.
  ///
  /// Throws where another server took this one for the one in charge, and it is not.
  private func target(of request: Request) throws -> ChargeHolder.Holder? {
    let holder = holder.holder
    let isOwn = holder?.server.id == server || charge.isHeld
    guard !request.fields.contains(Self.mark) else {
      // It comes to be in charge, and answers in a moment.
      if isOwn { return nil }
      throw DomainError.notInCharge()
    }
    // By its own address too: the body has been read, and goes the way of all others.
    return isOwn && !charge.isAnswering ? nil : holder
  }

  /// Whether a request that got no answer can be sent again: it did not reach anybody, or it asks for nothing twice.
  private func mayRepeat(_ request: Request, _ body: [UInt8]?, after error: any Error) -> Bool {
    guard !(error is CancellationError), !(error is HTTPError), body != nil || request.body.expectedBytes == 0
    else { return false }
    if let error = error as? FetchError, error.code == .connectionRefused { return true }
    return request.method == .get || request.method == .head || request.fields.contains("Idempotency-Key")
  }

  private static func isOfNoneInCharge(_ response: Response) -> Bool {
    guard response.status == .serviceUnavailable, case .bytes(let bytes) = response.body else { return false }
    return String(decoding: bytes, as: UTF8.self).contains("\"not_in_charge\"")
  }

  private func relay(
    _ request: Request, _ kept: [UInt8]?, to holder: ChargeHolder.Holder
  ) async throws -> Response {
    let path = request.target.raw
    guard path.hasPrefix("/") else { throw DomainError.invalid("The address is not a path.") }
    var fetch = FetchRequest(request.method, holder.server.url + path, fields: request.fields)
    fetch.fields.remove(Self.ofConnection)
    fetch.fields[Self.mark] = server.rawValue
    // The other server knows how long its route may take; and it may end, which is noticed.
    fetch.stallTimeout = nil
    if let kept {
      fetch.body = .bytes(kept)
    } else if request.body.expectedBytes != 0 {
      let body = request.body
      fetch.body = .stream(length: body.expectedBytes) { try await body.next() }
    }
    let asked = fetch
    let client = client
    let answer = try await Self.whileHeld(by: holder) { try await client.open(asked) }
    do {
      return try await response(to: request, answer, from: holder)
    } catch {
      answer.close()
      throw error
    }
  }

  private func response(
    to request: Request, _ answer: FetchResponse, from holder: ChargeHolder.Holder
  ) async throws -> Response {
    var response = Response(status: answer.status, fields: answer.fields)
    response.fields.remove(Self.ofConnection)
    let length = answer.fields["Content-Length"].flatMap { Int($0) }
    if request.method == .head || answer.status == .noContent || length == 0 {
      answer.close()
      return response
    }
    if let length, length <= Self.short {
      response.body = .bytes(
        try await Self.whileHeld(by: holder) { try await answer.collect(upTo: length) })
      return response
    }
    response.endsWhenDraining = answer.fields["Content-Type"]?.hasPrefix("text/event-stream") == true
    if response.endsWhenDraining, let last = router.lastEventOfBrokenAnswer(to: request) {
      response.body = .stream { writer in
        defer { answer.close() }
        try await Self.pass(answer, from: holder, endingWith: last, to: writer)
      }
    } else {
      response.body = .stream { writer in
        defer { answer.close() }
        try await Self.whileHeld(by: holder) {
          while let bytes = try await answer.body.next() { try await writer.write(bytes) }
        }
      }
    }
    return response
  }

  /// Passes on what a model says, and tells the reader when the server that asks the model ended over it.
  private static func pass(
    _ answer: FetchResponse, from holder: ChargeHolder.Holder, endingWith last: [UInt8],
    to writer: ResponseWriter
  ) async throws {
    do {
      try await whileHeld(by: holder) {
        var events = WholeEvents()
        while let bytes = try await answer.body.next() {
          let whole = events.take(bytes)
          if !whole.isEmpty { try await writer.write(whole) }
        }
        if !events.rest.isEmpty { try await writer.write(events.rest) }
      }
    } catch {
      // Where this server ends itself, nobody is told by it; and a reader that left is not there to be told.
      try Task.checkCancellation()
      try await writer.write(last)
    }
  }

  /// Ends what waits for a server when that is in charge no more: it may never answer.
  private static func whileHeld<Value: Sendable>(
    by holder: ChargeHolder.Holder, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await holder.gone.wait()
        throw DomainError.notInCharge(detail: "the server that was asked is in charge no more")
      }
      defer { group.cancelAll() }
      guard let first = try await group.next() else { throw CancellationError() }
      return first
    }
  }
}
