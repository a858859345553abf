/// `━━━━━━╌╌╌╌`, for a part from 0 to 1.
func progressBar(_ part: Double, width: Int) -> String {
  let done = part.isFinite ? Int((min(max(part, 0), 1) * Double(width)).rounded(.down)) : 0
  return String(repeating: "━", count: done) + String(repeating: "╌", count: width - done)
}
