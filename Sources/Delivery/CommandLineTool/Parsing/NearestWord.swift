/// The candidate that was probably meant; nil where none is near.
func nearestWord(to word: String, among candidates: [String]) -> String? {
  let scored = candidates.map { candidate -> (word: String, distance: Int) in
    if word.count >= 4, candidate.hasPrefix(word) { return (candidate, 1) }
    return (candidate, editDistance(Array(word), Array(candidate)))
  }
  guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, word.count / 3) ? best.word : nil
}

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
  var before = [Int](repeating: 0, count: right.count + 1)
  var last = Array(0...right.count)
  for row in 1...left.count {
    var current = [row] + [Int](repeating: 0, count: right.count)
    for column in 1...right.count {
      let change = left[row - 1] == right[column - 1] ? 0 : 1
      current[column] = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + change)
      if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
        current[column] = min(current[column], before[column - 2] + 1)
      }
    }
    before = last
    last = current
  }
  return last[right.count]
}
