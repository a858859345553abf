/// Who hears of which descriptor.
///
/// A tag holds the descriptor and a generation, so that an event fetched for a closed descriptor never
/// reaches the one that took its number.
struct DescriptorTable {
  private struct Row {
    var handler: (any ReadinessHandler)?
    var generation: UInt32 = 0
  }

  private var rows: [Row] = []

  mutating func insert(_ descriptor: Int32, _ handler: any ReadinessHandler) -> UInt64 {
    let index = Int(descriptor)
    while rows.count <= index { rows.append(Row()) }
    rows[index].handler = handler
    rows[index].generation &+= 1
    return makeTag(index)
  }

  func tag(_ descriptor: Int32) -> UInt64? {
    let index = Int(descriptor)
    guard rows.indices.contains(index), rows[index].handler != nil else { return nil }
    return makeTag(index)
  }

  @discardableResult
  mutating func remove(_ descriptor: Int32) -> Bool {
    let index = Int(descriptor)
    guard rows.indices.contains(index), rows[index].handler != nil else { return false }
    rows[index].handler = nil
    rows[index].generation &+= 1
    return true
  }

  func handler(_ tag: UInt64) -> (any ReadinessHandler)? {
    let index = Int(tag & 0xffff_ffff)
    guard rows.indices.contains(index), rows[index].generation == UInt32(tag >> 32) else { return nil }
    return rows[index].handler
  }

  private func makeTag(_ index: Int) -> UInt64 {
    UInt64(rows[index].generation) << 32 | UInt64(index)
  }
}
