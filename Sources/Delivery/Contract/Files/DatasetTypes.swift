/// `POST /api/files/datasets`: what was stored and what was found in it.
package struct DatasetUploadReply: Codable, Sendable {
  package let fileID: String
  package let filename: String
  package let filePath: String
  package let size: Int64
  package let message: String
  package let dataset: DatasetReply

  package init(
    fileID: String, filename: String, filePath: String, size: Int64, message: String, dataset: DatasetReply
  ) {
    self.fileID = fileID
    self.filename = filename
    self.filePath = filePath
    self.size = size
    self.message = message
    self.dataset = dataset
  }

  private enum CodingKeys: String, CodingKey {
    case fileID = "file_id", filename, filePath = "file_path", size, message, dataset
  }
}

/// A dataset in a list.
package struct DatasetReply: Codable, Sendable {
  package let fileID: String
  /// The name it is stored under: another one for each version.
  package let filename: String
  /// The name it was uploaded under, which all versions share.
  package let name: String
  /// 1 for the first file of its name.
  package let version: Int
  package let filePath: String
  package let size: Int64
  package let createdAt: String
  /// `alpaca`, `sharegpt`, `openai_messages` …; `unknown` where none was recognised.
  package let format: String
  package let rows: Int
  /// Rows that training would drop or fail on; 0 for a clean file.
  package let problemCount: Int
  /// SHA-256 of the bytes.
  package let contentHash: String

  package init(
    fileID: String, filename: String, name: String, version: Int, filePath: String, size: Int64,
    createdAt: String, format: String, rows: Int, problemCount: Int, contentHash: String
  ) {
    self.fileID = fileID
    self.filename = filename
    self.name = name
    self.version = version
    self.filePath = filePath
    self.size = size
    self.createdAt = createdAt
    self.format = format
    self.rows = rows
    self.problemCount = problemCount
    self.contentHash = contentHash
  }

  private enum CodingKeys: String, CodingKey {
    case fileID = "file_id", filename, name, version, filePath = "file_path", size
    case createdAt = "created_at", format, rows
    case problemCount = "problem_count", contentHash = "content_hash"
  }
}

package struct DatasetListReply: Codable, Sendable {
  package let files: [DatasetReply]
  package init(files: [DatasetReply]) { self.files = files }
}

/// `GET /api/files/datasets/{file_id}`: the dataset with its report.
package struct DatasetDetailReply: Codable, Sendable {
  package let dataset: DatasetReply
  /// The first problems, with their lines.
  package let problems: [Problem]
  /// The first rows, each as JSON text (long ones cut).
  package let preview: [String]
  package let columns: [String]
  /// Unfinished tasks that use it.
  package let usedBy: [String]
  /// How long its rows are; absent where there are none, or the file was uploaded before this was counted.
  package let lengths: DatasetLengthsReply?

  package struct Problem: Codable, Sendable {
    package let line: Int
    package let column: Int
    package let row: Int?
    package let code: String
    package let message: String
    package let hint: String

    package init(line: Int, column: Int, row: Int?, code: String, message: String, hint: String) {
      self.line = line
      self.column = column
      self.row = row
      self.code = code
      self.message = message
      self.hint = hint
    }
  }

  package init(
    dataset: DatasetReply, problems: [Problem], preview: [String], columns: [String], usedBy: [String],
    lengths: DatasetLengthsReply?
  ) {
    self.dataset = dataset
    self.problems = problems
    self.preview = preview
    self.columns = columns
    self.usedBy = usedBy
    self.lengths = lengths
  }

  private enum CodingKeys: String, CodingKey {
    case dataset, problems, preview, columns, usedBy = "used_by", lengths
  }
}
