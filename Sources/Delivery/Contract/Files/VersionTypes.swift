/// `GET /api/files/datasets/{file_id}/versions`: the files of one name, newest first.
package struct DatasetVersionsReply: Codable, Sendable {
  package let versions: [Version]

  package struct Version: Codable, Sendable {
    package let dataset: DatasetReply
    /// The tasks that used it, newest first.
    package let tasks: [Use]

    package init(dataset: DatasetReply, tasks: [Use]) {
      self.dataset = dataset
      self.tasks = tasks
    }
  }

  /// A task that used a version.
  package struct Use: Codable, Sendable {
    package let taskID: String
    package let name: String
    package let status: TaskStatus

    package init(taskID: String, name: String, status: TaskStatus) {
      self.taskID = taskID
      self.name = name
      self.status = status
    }

    private enum CodingKeys: String, CodingKey {
      case taskID = "task_id", name, status
    }
  }

  package init(versions: [Version]) { self.versions = versions }
}
