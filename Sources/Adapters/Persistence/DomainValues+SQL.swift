package import Domain
package import SQLAccess

extension Identifier: SQLConvertible {}
extension UserAccount.Role: SQLConvertible {}
extension TaskState: SQLConvertible {}
extension EndReason: SQLConvertible {}
extension ModelRecord.Kind: SQLConvertible {}
extension ScannedModel.Kind: SQLConvertible {}
extension ScannedModel.Group: SQLConvertible {}
extension ArchivedModel.State: SQLConvertible {}
extension ServiceRecord.State: SQLConvertible {}
extension ModelEngine: SQLConvertible {}
extension ChatTurn.Role: SQLConvertible {}
extension StoredMessage.State: SQLConvertible {}
extension Conversation.TitleOrigin: SQLConvertible {}
extension Comparison.Verdict: SQLConvertible {}
extension NewEvent.Kind: SQLConvertible {}
extension PipelineRun.State: SQLConvertible {}

/// Times are stored as whole milliseconds since 1970.
extension Timestamp: SQLConvertible {
  package static var columnType: Dialect.ColumnType { .integer }
  package var sqlValue: SQLValue { .integer(milliseconds) }

  package static func fromSQL(_ value: SQLValue) -> Timestamp? {
    Int64.fromSQL(value).map(Timestamp.init(milliseconds:))
  }
}
