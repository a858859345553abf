/// Rows with aligned columns, by display width; every cell is shown on one line.
struct Table {
  struct Cell: ExpressibleByStringLiteral {
    let text: String
    let tone: Tone

    init(_ text: String, _ tone: Tone = .plain) {
      self.text = Printable.line(text)
      self.tone = tone
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  private let header: [String]
  private let rightAligned: Set<Int>
  private var rows: [[Cell]] = []

  /// A column whose name begins with `>` is aligned to the right.
  init(_ columns: String...) {
    header = columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
    rightAligned = Set(columns.indices.filter { columns[$0].hasPrefix(">") })
  }

  mutating func add(_ cells: Cell...) { rows.append(cells) }

  /// Columns that a text of a narrow terminal keeps at least.
  private static let narrowest = 10

  /// - Parameter width: columns of the terminal that shows it; nil where all of it is wanted, as by a program.
  ///
  /// Where the rows are wider than the terminal, identifiers are shown by their beginnings, which commands take too; then
  /// the longest texts are cut; and where that is not enough each row stands below the other, whole.
  func lines(_ paint: Paint, width: Int? = nil) -> [String] {
    guard let width, needed(rows).total > width else { return aligned(rows, needed(rows).columns, paint) }
    let short = rows.map { row in row.map { Cell(Self.beginning(of: $0.text), $0.tone) } }
    var (columns, total) = needed(short)
    while total > width {
      let widest = header.indices.filter { !rightAligned.contains($0) && columns[$0] > Self.narrowest }
        .max { columns[$0] < columns[$1] }
      guard let widest else { return stacked(paint, width) }
      columns[widest] -= 1
      total -= 1
    }
    let cut = short.map { row in
      zip(row, columns).map { cell, width in Cell(DisplayWidth.fit(cell.text, width), cell.tone) }
    }
    return aligned(cut, columns, paint)
  }

  private func needed(_ rows: [[Cell]]) -> (columns: [Int], total: Int) {
    let columns = header.indices.map { column in
      max(DisplayWidth.of(header[column]), rows.map { DisplayWidth.of($0[column].text) }.max() ?? 0)
    }
    return (columns, columns.reduce(0, +) + 2 * max(0, columns.count - 1))
  }

  /// The first eight letters of what looks like an identifier; any other text as it is.
  private static func beginning(of text: String) -> String {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    let isIdentifier =
      parts.map(\.count) == [8, 4, 4, 4, 12]
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == 0x2D }
    return isIdentifier ? String(text.prefix(8)) : text
  }

  private func aligned(_ rows: [[Cell]], _ widths: [Int], _ paint: Paint) -> [String] {
    func line(_ cells: [Cell]) -> String {
      var text = ""
      for (column, cell) in cells.enumerated() {
        let space = String(repeating: " ", count: max(0, widths[column] - DisplayWidth.of(cell.text)))
        let painted = paint(cell.text, cell.tone)
        if rightAligned.contains(column) {
          text += space + painted
        } else {
          text += painted + (column == cells.count - 1 ? "" : space)
        }
        if column < cells.count - 1 { text += "  " }
      }
      return text
    }
    let heads = zip(header, widths).map { Cell(DisplayWidth.fit($0, $1), .heading) }
    return [line(heads)] + rows.map(line)
  }

  /// Each row as names and values below each other, rows apart by an empty line; what is too long goes on below.
  private func stacked(_ paint: Paint, _ width: Int) -> [String] {
    let indent = (header.map { DisplayWidth.of($0) }.max() ?? 0) + 2
    return rows.enumerated().flatMap { number, row in
      (number == 0 ? [] : [""])
        + zip(header, row).flatMap { name, cell in
          let parts = DisplayWidth.parts(of: cell.text, max(1, width - indent))
          return parts.enumerated().map { place, part in
            let head = place == 0 ? paint(name, .heading) : ""
            let space = indent - (place == 0 ? DisplayWidth.of(name) : 0)
            return head + String(repeating: " ", count: space) + paint(part, cell.tone)
          }
        }
    }
  }
}

/// Names and values below each other.
struct Sheet {
  private var rows: [(name: String, value: Table.Cell)] = []

  /// A nil value leaves the row out.
  mutating func add(_ name: String, _ value: String?, _ tone: Tone = .plain) {
    if let value { rows.append((name, Table.Cell(value, tone))) }
  }

  /// - Parameter width: columns of the terminal that shows it: what is longer goes on below; nil: it is cut nowhere.
  func lines(_ paint: Paint, width: Int? = nil) -> [String] {
    let indent = (rows.map { $0.name.count }.max() ?? 0) + 2
    return rows.flatMap { row in
      let parts =
        width.map { DisplayWidth.parts(of: row.value.text, max(8, $0 - indent)) } ?? [row.value.text]
      return parts.enumerated().map { place, part in
        let name = place == 0 ? row.name : ""
        return (place == 0 ? paint(name, .heading) : "")
          + String(repeating: " ", count: indent - name.count) + paint(part, row.value.tone)
      }
    }
  }
}
