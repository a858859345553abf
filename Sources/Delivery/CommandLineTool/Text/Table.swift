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

  func lines(_ paint: Paint) -> [String] {
    let widths = header.indices.map { column in
      max(DisplayWidth.of(header[column]), rows.map { DisplayWidth.of($0[column].text) }.max() ?? 0)
    }
    func line(_ cells: [Cell]) -> String {
      var text = ""
      for (column, cell) in cells.enumerated() {
        let space = String(repeating: " ", count: widths[column] - DisplayWidth.of(cell.text))
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
    return [line(header.map { Cell($0, .heading) })] + rows.map(line)
  }
}

/// Names and values below each other.
struct Sheet {
  private var rows: [(name: String, value: Table.Cell)] = []

  /// A nil value leaves the row out.
  mutating func add(_ name: String, _ value: String?, _ tone: Tone = .plain) {
    if let value { rows.append((name, Table.Cell(value, tone))) }
  }

  func lines(_ paint: Paint) -> [String] {
    let width = rows.map { $0.name.count }.max() ?? 0
    return rows.map { row in
      paint(row.name, .heading) + String(repeating: " ", count: width - row.name.count + 2)
        + paint(row.value.text, row.value.tone)
    }
  }
}
