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

  let server: ServerID
  let charge: ServerCharge
  let holder: ChargeHolder
  let client: HTTPClient
  let router: APIRouter

  func handle(_ request: Request) async throws -> Response {
    if charge.isAnswering || router.answersEverywhere(request) { return try await router.handle(request) }
    do {
      guard !request.fields.contains(Self.mark), let holder = holder.holder, holder.server.id != server else {
        throw DomainError.notInCharge()
      }
      return try await relay(request, to: holder)
    } catch is CancellationError {
      throw CancellationError()
    } catch is HTTPError {
      throw CancellationError()  // its body was broken off
    } catch {
      return router.answer(
        to: error is DomainError ? error : DomainError.notInCharge(detail: "\(error)"), request: request)
    }
  }

  private func relay(_ request: Request, to holder: ChargeHolder.Holder) async throws -> Response {
    let path = request.target.raw
    guard path.hasPrefix("/") else { throw DomainError.invalid("The address is not a path.") }
    var fetch = FetchRequest(request.method, holder.server.url + path, fields: request.fields)
    fetch.fields.remove(Self.ofConnection)
    fetch.fields[Self.mark] = server.rawValue
    // The other server knows how much its route takes, and how long it may take; and it may end, which is noticed.
    request.body.limit = .max
    fetch.stallTimeout = nil
    if request.body.expectedBytes != 0 {
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
    response.body = .stream { writer in
      defer { answer.close() }
      try await Self.whileHeld(by: holder) {
        while let bytes = try await answer.body.next() { try await writer.write(bytes) }
      }
    }
    return response
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
