/// A row as it stands in its file.
package struct DatasetRow: Sendable, Equatable {
  /// 1 for the first.
  package let number: Int
  /// JSON, or of a text file the line.
  package let text: String
}

/// Takes a few rows out of a file as its bytes come by; nothing else of it is kept.
package struct RowPicker: Sendable {
  private var inspector: DatasetInspector
  private let last: Int

  /// - Parameters:
  ///   - rows: numbers of rows, from 1.
  ///   - limit: bytes of a row; longer ones are passed over.
  package init(filename: String, rows: ClosedRange<Int>, limit: Int) {
    inspector = DatasetInspector(
      filename: filename,
      limits: DatasetLimits(
        problems: 0, previewFrom: rows.lowerBound, previewRows: rows.count, previewBytes: limit))
    last = rows.upperBound
  }

  /// Reads the next bytes; false once nothing more is needed.
  package mutating func push(_ bytes: [UInt8]) -> Bool {
    inspector.push(bytes)
    return inspector.rows.report.rows < last
  }

  /// The rows, and the numbers of those that were too long; fewer where the file ends before.
  package mutating func finish() -> (rows: [DatasetRow], passed: [Int]) {
    let report = inspector.finish()
    let found = zip(inspector.rows.previewed, report.preview).filter { $0.0.number <= last }
    return (
      found.filter(\.0.isWhole).map { DatasetRow(number: $0.0.number, text: $0.1) },
      found.filter { !$0.0.isWhole }.map(\.0.number)
    )
  }
}
