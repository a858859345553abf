import FuzzTargets
import Glibc

// The parsers as libFuzzer's target. FUZZ_TARGET names one; the arguments are libFuzzer's.

private let target: FuzzTarget = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("FUZZ_TARGET is one of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
    exit(2)
  }
  return target
}()

/// One input; that of a process that aborts is kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  if let rule = target.broken(Array(UnsafeBufferPointer(start: bytes, count: count))) {
    print("\(target.name): \(rule)")
    fflush(nil)
    abort()
  }
  return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The package manager makes this the program's main.
@_cdecl("luthier_fuzz_main")
public func fuzz(_ count: CInt, _ arguments: UnsafeMutableRawPointer) -> CInt {
  var count = count
  var start = arguments
  return withUnsafeMutablePointer(to: &start) { runDriver(&count, UnsafeMutableRawPointer($0), testOneInput) }
}
