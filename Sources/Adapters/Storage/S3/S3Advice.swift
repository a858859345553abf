import Domain
import HTTPFetching

/// Says to an operator what is wrong with an object store, and what cures it.
struct S3Advice: Sendable {
  private let location: S3Location
  private let now: Timestamp

  init(_ location: S3Location, now: Timestamp) {
    self.location = location
    self.now = now
  }

  /// - Parameters:
  ///   - what: what was tried, behind "could not".
  ///   - needs: the permission for it, by Amazon's name.
  func fault(_ failure: S3Failure, doing what: String, needs: String) -> S3Probe.Fault {
    func fault(_ message: String, _ cure: String) -> S3Probe.Fault {
      S3Probe.Fault(message: "The object store \(location.shown) cannot be used: \(message).", cure: cure)
    }
    switch failure {
    case .cancelled: return fault("the look at it was given up", "Start again.")
    case .damaged(let detail): return fault(detail, "Is LUTHIER_S3_ENDPOINT an S3-compatible store?")
    case .unreadable(let detail):
      return fault("its answer is none of S3's (\(detail))", "Check LUTHIER_S3_ENDPOINT.")
    case .unreached(let error): return unreached(error, fault)
    case .refused(let refusal): return refused(refusal, what, needs, fault)
    }
  }

  private func unreached(_ error: FetchError, _ fault: (String, String) -> S3Probe.Fault) -> S3Probe.Fault {
    switch error.code {
    case .dns:
      return fault(
        "the name of \(location.host) was not found",
        "Check LUTHIER_S3_ENDPOINT; LUTHIER_S3_STYLE=path leaves the bucket out of the name.")
    case .tls:
      return fault(
        "its certificate is not trusted",
        "Name the authority's certificate with LUTHIER_S3_CA, or have the name in LUTHIER_S3_ENDPOINT agree with it."
      )
    default: return fault("\(error)", "Is it running, and is LUTHIER_S3_ENDPOINT its address?")
    }
  }

  private func refused(
    _ refusal: S3Refusal, _ what: String, _ needs: String, _ fault: (String, String) -> S3Probe.Fault
  ) -> S3Probe.Fault {
    let said = refusal.message.isEmpty ? "" : " (\(refusal.message))"
    if let region = refusal.region, region != location.region,
      [301, 307, 400, 403].contains(refusal.status), refusal.code != "AccessDenied"
    {
      return fault(
        "the bucket is in the region \(region), not \(location.region)", "Set LUTHIER_S3_REGION=\(region).")
    }
    switch refusal.code {
    case "InvalidAccessKeyId":
      return fault("the key is not known there", "Check LUTHIER_S3_KEY_ID.")
    case "SignatureDoesNotMatch":
      return fault(
        "the secret does not belong to the key", "Check LUTHIER_S3_SECRET_KEY, or the file it is read from.")
    case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
      return fault(
        "the session token is not valid any more",
        "Get a new LUTHIER_S3_SESSION_TOKEN with its key and secret.")
    case "RequestTimeTooSkewed", "RequestExpired":
      return fault(
        "this machine's clock and the store's do not agree: here it is \(now.iso8601), there \(refusal.date ?? "another time")",
        "Set the clock (timedatectl set-ntp true).")
    case "NoSuchBucket":
      return fault("there is no bucket \(location.bucket)", "Make it, or name another in LUTHIER_STORAGE.")
    case "AuthorizationHeaderMalformed", "PermanentRedirect", "AuthorizationQueryParametersError":
      return fault("the region \(location.region) is not the bucket's\(said)", "Set LUTHIER_S3_REGION.")
    case "AccessDenied", "AllAccessDisabled", "AccountProblem":
      return fault("the key may not \(what)\(said)", "It needs \(needs) on \(location.bucket).")
    case "EntityTooLarge", "QuotaExceeded", "XMinioStorageFull":
      return fault("it has no room\(said)", "Free some, or raise its limit.")
    case "" where refusal.status == 403:
      return fault("the key may not \(what)", "It needs \(needs) on \(location.bucket).")
    default:
      return fault("it could not \(what): \(refusal.status) \(refusal.code)\(said)", "Look into its own log.")
    }
  }
}
