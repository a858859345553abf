/// `POST /api/files/datasets/{file_id}/rendered`: which rows to show, and for what training.
package struct RenderRowsRequest: Codable, Sendable {
  /// A hub name, or a model folder on the host, as for a task.
  package let modelName: String
  /// The first host without it.
  package let hostID: String?
  /// LLaMA-Factory's template; chosen from the model where left out.
  package let template: String?
  /// The first row to show, from 1.
  ///
  /// Default 1.
  package let from: Int?
  /// 1 to 10 rows.
  ///
  /// Default 3.
  package let count: Int?
  /// A task's arguments: stage, cutoff_len, train_on_prompt and the others that change how a row is written.
  package let arguments: [String: JSONValue]?

  package init(
    modelName: String, hostID: String? = nil, template: String? = nil, from: Int? = nil, count: Int? = nil,
    arguments: [String: JSONValue]? = nil
  ) {
    self.modelName = modelName
    self.hostID = hostID
    self.template = template
    self.from = from
    self.count = count
    self.arguments = arguments
  }

  private enum CodingKeys: String, CodingKey {
    case modelName = "model_name", hostID = "host_id", template, from, count, arguments
  }
}

/// Rows as the model sees them, made by the trainer's own code.
package struct RenderedRowsReply: Codable, Sendable {
  package let rows: [RenderedRow]
  /// Numbers of rows too long to be shown here (64 KiB).
  package let leftOut: [Int]
  package let template: String
  /// How the template was found.
  package let templateReason: String
  /// Tokens after which a row is cut.
  package let cutoffLen: Int
  /// Rows are joined to blocks of cutoff_len before training.
  package let packed: Bool
  /// Whose trainer made it.
  package let hostID: String

  package init(
    rows: [RenderedRow], leftOut: [Int], template: String, templateReason: String, cutoffLen: Int,
    packed: Bool, hostID: String
  ) {
    self.rows = rows
    self.leftOut = leftOut
    self.template = template
    self.templateReason = templateReason
    self.cutoffLen = cutoffLen
    self.packed = packed
    self.hostID = hostID
  }

  private enum CodingKeys: String, CodingKey {
    case rows, leftOut = "left_out", template, templateReason = "template_reason", cutoffLen = "cutoff_len"
    case packed, hostID = "host_id"
  }
}

/// A row as the model sees it.
package struct RenderedRow: Codable, Sendable {
  /// From 1.
  package let row: Int
  /// One text, or for a pair of answers two; none where the trainer drops the row.
  package let parts: [Part]
  /// Why the trainer could not take the row, in its words.
  package let problem: String?

  package struct Part: Codable, Sendable {
    /// `text`, or `chosen` and `rejected`.
    package let name: String
    package let tokens: Int
    /// Tokens the model learns to write.
    package let trained: Int
    /// Tokens beyond cutoff_len, which a training does not see.
    package let cut: Int
    package let segments: [Segment]

    package init(name: String, tokens: Int, trained: Int, cut: Int, segments: [Segment]) {
      self.name = name
      self.tokens = tokens
      self.trained = trained
      self.cut = cut
      self.segments = segments
    }
  }

  /// Tokens that are alike.
  package struct Segment: Codable, Sendable {
    package let text: String
    package let trained: Bool
    package let cut: Bool
    package let tokens: Int

    package init(text: String, trained: Bool, cut: Bool, tokens: Int) {
      self.text = text
      self.trained = trained
      self.cut = cut
      self.tokens = tokens
    }
  }

  package init(row: Int, parts: [Part], problem: String?) {
    self.row = row
    self.parts = parts
    self.problem = problem
  }
}
