/// `POST /api/tasks`.
package struct CreateTaskRequest: Codable, Sendable {
  /// 1 to 100 characters.
  package let name: String
  /// A hub name, or a model folder on the host.
  package let modelName: String
  /// A dataset's `file_path`, `file_id` or `filename`; several are separated by commas.
  package let datasetPath: String
  /// More than 0, up to 10,000.
  ///
  /// Default 3.
  package let epochs: Double?
  /// More than 0, up to 1.
  ///
  /// Default 5e-5.
  package let learningRate: Double?
  /// 1 to 4,096 for each device.
  ///
  /// Default 4.
  package let batchSize: Int?
  /// Kept for older clients: taken and not used, since the folder is always the task's own.
  package let outputDir: String?
  /// LLaMA-Factory's template; chosen from the base model where left out.
  package let template: String?
  /// Any further LLaMA-Factory argument by its own name.
  package let arguments: [String: JSONValue]?
  /// Higher runs first; -10 to 10.
  package let priority: Int?
  /// How many GPUs; 0 trains on the processor.
  ///
  /// Default 1 where the host has any.
  package let gpus: Int?
  /// These GPUs and no others, as nvidia-smi counts them.
  package let gpuIDs: [Int]?
  package let hostID: String?
  /// What a cluster is asked for, beside the host's own settings.
  package let slurm: SlurmSettings?

  package init(
    name: String, modelName: String, datasetPath: String, epochs: Double? = nil, learningRate: Double? = nil,
    batchSize: Int? = nil, outputDir: String? = nil, template: String? = nil,
    arguments: [String: JSONValue]? = nil, priority: Int? = nil, gpus: Int? = nil, gpuIDs: [Int]? = nil,
    hostID: String? = nil, slurm: SlurmSettings? = nil
  ) {
    self.slurm = slurm
    self.name = name
    self.modelName = modelName
    self.datasetPath = datasetPath
    self.epochs = epochs
    self.learningRate = learningRate
    self.batchSize = batchSize
    self.outputDir = outputDir
    self.template = template
    self.arguments = arguments
    self.priority = priority
    self.gpus = gpus
    self.gpuIDs = gpuIDs
    self.hostID = hostID
  }

  private enum CodingKeys: String, CodingKey {
    case name, modelName = "model_name", datasetPath = "dataset_path", epochs
    case learningRate = "learning_rate", batchSize = "batch_size", outputDir = "output_dir", template
    case arguments, priority, gpus, gpuIDs = "gpu_ids", hostID = "host_id", slurm
  }
}

package struct CreateTaskReply: Codable, Sendable {
  package let taskID: String
  package let status: TaskStatus
  package let message: String

  package init(taskID: String, status: TaskStatus, message: String) {
    self.taskID = taskID
    self.status = status
    self.message = message
  }

  private enum CodingKeys: String, CodingKey { case taskID = "task_id", status, message }
}

/// `POST /api/tasks/preview`: what a submission would run.
package struct TaskPreviewReply: Codable, Sendable {
  /// The equivalent command line, for showing.
  package let command: String
  /// The configuration file that LLaMA-Factory gets.
  package let configuration: String
  package let template: String
  /// How the template was found, in words.
  package let templateReason: String
  /// Things worth a second look before submitting.
  package let warnings: [String]

  package init(
    command: String, configuration: String, template: String, templateReason: String, warnings: [String]
  ) {
    self.command = command
    self.configuration = configuration
    self.template = template
    self.templateReason = templateReason
    self.warnings = warnings
  }

  private enum CodingKeys: String, CodingKey {
    case command, configuration, template, templateReason = "template_reason", warnings
  }
}

/// `POST /api/tasks/{task_id}/retry`.
package struct RetryTaskRequest: Codable, Sendable {
  /// Go on from the newest checkpoint instead of beginning again.
  package let resume: Bool?
  package init(resume: Bool?) { self.resume = resume }
}

package enum TaskStatus: String, WireEnum {
  case pending, queued, staging, running, completed, failed, cancelled
}
