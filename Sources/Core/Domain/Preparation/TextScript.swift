/// What the letters of a text are written in.
///
/// It tells Chinese from Japanese, Korean, Russian or Thai; languages of one script are not told apart.
package enum TextScript: String, Sendable, CaseIterable {
  case latin, han, japanese, hangul, cyrillic, greek, arabic, hebrew, devanagari, thai, other
  /// There are no letters.
  case none

  /// What most of the letters of these texts are.
  static func main(of texts: [String]) -> TextScript {
    var counts = ScriptCounts()
    for text in texts {
      for scalar in text.unicodeScalars { counts.add(scalar) }
    }
    return counts.main
  }

  /// Nil for what is no letter.
  fileprivate static func script(of scalar: Unicode.Scalar) -> TextScript? {
    switch scalar.value {
    case 0x41...0x5A, 0x61...0x7A: .latin
    case 0..<0xAA: nil
    case 0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9D: .japanese
    case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
      0x20000...0x323AF:
      .han
    case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xAC00...0xD7FF: .hangul
    case let value where !scalar.properties.isAlphabetic:
      // Vowels of some scripts are marks beside their letters.
      0x0900...0x097F ~= value ? .devanagari : 0x0E00...0x0E7F ~= value ? .thai : nil
    case 0xAA...0x24F, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA720...0xA7FF, 0xFF21...0xFF5A: .latin
    case 0x370...0x3FF, 0x1F00...0x1FFF: .greek
    case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: .cyrillic
    case 0x590...0x5FF, 0xFB1D...0xFB4F: .hebrew
    case 0x600...0x6FF, 0x750...0x77F, 0x870...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFF: .arabic
    case 0x900...0x97F: .devanagari
    case 0xE00...0xE7F: .thai
    default: .other
    }
  }
}

/// How many letters of each script there are.
private struct ScriptCounts {
  private var counts: [TextScript: Int] = [:]

  mutating func add(_ scalar: Unicode.Scalar) {
    if let script = TextScript.script(of: scalar) { counts[script, default: 0] += 1 }
  }

  var main: TextScript {
    var counts = counts
    // Japanese is written with Chinese signs among its own.
    let (han, kana) = (counts[.han] ?? 0, counts[.japanese] ?? 0)
    if kana > 0, kana * 10 >= han {
      counts[.japanese] = han + kana
      counts[.han] = nil
    }
    let most = counts.values.max() ?? 0
    return TextScript.allCases.first { most > 0 && counts[$0] == most } ?? .none
  }
}
