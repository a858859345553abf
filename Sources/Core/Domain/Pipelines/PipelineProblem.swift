/// Something in a pipeline's file that keeps it from running.
package struct PipelineProblem: Error, Sendable, Equatable {
  /// Such as `steps[0].model`; "" for the whole.
  package let path: String
  /// 1 for the first line.
  package let line: Int
  /// A stable word; what is not there, or is another's, is `not_found`.
  package let code: DomainError.Code
  package let message: String
  package let hint: String?

  package init(
    path: String, line: Int, code: DomainError.Code = .invalidInput, _ message: String, hint: String? = nil
  ) {
    self.path = path
    self.line = line
    self.code = code
    self.message = message
    self.hint = hint
  }
}

/// A pipeline that is not run, with everything that is wrong with it.
package struct PipelineRefusal: Error, Sendable {
  package let problems: [PipelineProblem]

  package init(_ problems: [PipelineProblem]) { self.problems = problems }

  /// Nothing is wrong but that things are not there.
  package var isOnlyMissing: Bool {
    problems.allSatisfy { $0.code == .notFound || $0.code == .modelMissing }
  }
}
