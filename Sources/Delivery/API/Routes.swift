import Contract
import Domain
import HTTPServing
import HTTPWire
import Services

/// The whole HTTP surface.
enum Routes {
  static func table(maximumUpload: Int64) -> [Endpoint] {
    account + users + datasets(maximumUpload) + models + modelArchives + tasks + chat + gateway
      + conversations + webChat + comparisons + retrieval + pipelines + hosts + system + page
  }

  static func datasets(_ maximumUpload: Int64) -> [Endpoint] {
    [
      Endpoint(
        .post, "/api/files/datasets", "uploadDataset", "Upload a training file (JSON, JSONL or text)",
        tag: "Datasets", body: .file(field: "file"), answer: .json(DatasetUploadReply.self),
        errors: [.conflict, .forbidden, HTTPStatus(507)],
        // The form's own lines around the file are not the file's.
        bodyLimit: maximumUpload + 64 * 1024, action: Datasets.upload),
      Endpoint(
        .get, "/api/files/datasets", "listDatasets", "My training files", tag: "Datasets",
        answer: .json(DatasetListReply.self), action: Datasets.list),
      Endpoint(
        .get, "/api/files/datasets/{file_id}", "getDataset", "A training file: problems, preview, use",
        tag: "Datasets", answer: .json(DatasetDetailReply.self), errors: [.notFound], action: Datasets.get),
      Endpoint(
        .delete, "/api/files/datasets/{file_id}", "deleteDataset",
        "Delete a training file; refused while a task uses it", tag: "Datasets",
        answer: .json(MessageReply.self), errors: [.notFound, .conflict], action: Datasets.delete),
      Endpoint(
        .get, "/api/files/datasets/{file_id}/download", "downloadDataset",
        "The file's bytes; Range is understood", tag: "Datasets",
        answer: .bytes("application/octet-stream"), errors: [.notFound, .rangeNotSatisfiable],
        action: Datasets.download),
      Endpoint(
        .get, "/api/files/datasets/{file_id}/versions", "datasetVersions",
        "The files of this one's name, and the tasks that used each", tag: "Datasets",
        answer: .json(DatasetVersionsReply.self), errors: [.notFound], action: Datasets.versions),
      Endpoint(
        .post, "/api/datasets/uploads", "beginUpload",
        "Begin to upload a file in parts, which may be paused and gone on with for three days",
        tag: "Datasets", body: .json(BeginUploadRequest.self), answer: .json(UploadReply.self),
        errors: [.conflict, .contentTooLarge, .forbidden, HTTPStatus(507)], action: Uploads.begin),
      Endpoint(
        .get, "/api/datasets/uploads", "listUploads", "My unfinished uploads", tag: "Datasets",
        answer: .json(UploadListReply.self), action: Uploads.list),
      Endpoint(
        .get, "/api/datasets/uploads/{upload_id}", "getUpload", "How far an upload is", tag: "Datasets",
        query: [
          .init(name: "hash", summary: "true: with SHA-256 of the bytes that are there", type: "boolean")
        ], answer: .json(UploadReply.self), errors: [.notFound, .unprocessableContent], action: Uploads.get),
      Endpoint(
        .put, "/api/datasets/uploads/{upload_id}", "uploadPart",
        "Send the next bytes, as many as you like; what came before a break is kept", tag: "Datasets",
        body: .bytes,
        query: [
          .init(name: "offset", summary: "Where they begin: the bytes that are there", type: "integer")
        ], answer: .json(UploadReply.self), errors: [.notFound, .conflict, HTTPStatus(507)],
        bodyLimit: maximumUpload, action: Uploads.part),
      Endpoint(
        .delete, "/api/datasets/uploads/{upload_id}", "discardUpload", "Forget an unfinished upload",
        tag: "Datasets", answer: .json(MessageReply.self), errors: [.notFound, .conflict],
        action: Uploads.discard),
      Endpoint(
        .post, "/api/datasets/uploads/{upload_id}/complete", "completeUpload",
        "Check the whole file and make it a dataset", tag: "Datasets",
        answer: .json(DatasetUploadReply.self), errors: [.forbidden, .notFound, .conflict, HTTPStatus(507)],
        action: Uploads.complete),
      Endpoint(
        .post, "/api/files/datasets/{file_id}/rendered", "renderRows",
        "Rows as the model sees them: template applied, trained and cut tokens marked; takes some seconds",
        tag: "Datasets", body: .json(RenderRowsRequest.self), answer: .json(RenderedRowsReply.self),
        errors: [.notFound, .conflict, .badGateway, .serviceUnavailable, .gatewayTimeout],
        action: Datasets.render),
      Endpoint(
        .post, "/api/files/datasets/{file_id}/prepare", "prepareDataset",
        "Convert, split, dedupe, filter or sample a dataset into new ones; who leaves ends it",
        tag: "Datasets",
        body: .json(PrepareDatasetRequest.self), answer: .events(PrepareEvent.self),
        errors: [.forbidden, .notFound, .conflict], action: Datasets.prepare),
      Endpoint(
        .get, "/api/files/datasets/{file_id}/stats", "datasetStats",
        "Count rows, turns, lengths, duplicates, empty columns and scripts; goes over the whole file",
        tag: "Datasets", answer: .json(DatasetStatsReply.self), errors: [.notFound, .unprocessableContent],
        action: Datasets.stats),
    ]
  }

  static let models: [Endpoint] = [
    Endpoint(
      .get, "/api/files/models", "listModels", "My models", tag: "Models",
      answer: .json(ModelListReply.self), action: Models.list),
    Endpoint(
      .post, "/api/files/models", "addModel", "Add a model folder on a host by hand", tag: "Models",
      body: .json(AddModelRequest.self), answer: .json(ModelReply.self),
      errors: [.notFound, .conflict, .badGateway, .serviceUnavailable], action: Models.add),
    Endpoint(
      .get, "/api/files/models/{model_id}", "getModel", "A model", tag: "Models",
      answer: .json(ModelReply.self), errors: [.notFound], action: Models.get),
    Endpoint(
      .patch, "/api/files/models/{model_id}", "changeModel", "Rename a model, or choose what serves it",
      tag: "Models", body: .json(ChangeModelRequest.self), answer: .json(ModelReply.self),
      errors: [.notFound, .badGateway, .serviceUnavailable], action: Models.change),
    Endpoint(
      .delete, "/api/files/models/{model_id}", "deleteModel",
      "Take a model off the list; its archive goes, its files stay, but for those of a merged or restored one",
      tag: "Models", answer: .json(DeletedModelReply.self),
      errors: [.notFound, .badGateway, .serviceUnavailable], action: Models.delete),
    Endpoint(
      .get, "/api/files/models/{model_id}/download", "downloadModel",
      "The model's folder as a tar archive; Range is understood; cut where a file changes meanwhile",
      tag: "Models", answer: .bytes("application/x-tar"),
      errors: [.forbidden, .notFound, .conflict, .rangeNotSatisfiable, .badGateway, .serviceUnavailable],
      action: ModelFiles.archive),
    Endpoint(
      .get, "/api/files/models/{model_id}/files", "listModelFiles", "The model's files", tag: "Models",
      answer: .json(ModelFileListReply.self),
      errors: [.forbidden, .notFound, .badGateway, .serviceUnavailable], action: ModelFiles.list),
    Endpoint(
      .get, "/api/files/models/{model_id}/file", "downloadModelFile",
      "One of the model's files; Range is understood", tag: "Models",
      query: [.init(name: "name", summary: "As the list of files has it", type: "string")],
      answer: .bytes("application/octet-stream"),
      errors: [
        .forbidden, .notFound, .rangeNotSatisfiable, .unprocessableContent, .badGateway, .serviceUnavailable,
      ], action: ModelFiles.download),
    Endpoint(
      .get, "/api/models/available", "availableModels", "My models whose folder is really there",
      tag: "Models", answer: .json(ModelListReply.self), action: Models.available),
    Endpoint(
      .get, "/api/models/shared", "sharedModels", "Base models on the host that everyone may use",
      tag: "Models", answer: .json(FoundModelListReply.self), errors: [.badGateway, .serviceUnavailable],
      action: Models.shared),
  ]

  static let tasks: [Endpoint] = [
    Endpoint(
      .post, "/api/tasks", "submitTask",
      "Submit a fine-tuning task; an Idempotency-Key makes a repeat harmless", tag: "Tasks",
      body: .json(CreateTaskRequest.self), answer: .json(CreateTaskReply.self),
      errors: [.forbidden, .notFound, .badGateway, .serviceUnavailable], action: Tasks.submit),
    Endpoint(
      .post, "/api/tasks/preview", "previewTask", "What a submission would run, and what to look at twice",
      tag: "Tasks", body: .json(CreateTaskRequest.self), answer: .json(TaskPreviewReply.self),
      errors: [.notFound, .badGateway, .serviceUnavailable], action: Tasks.preview),
    Endpoint(
      .post, "/api/tasks/estimate", "estimateTask",
      "How many steps a submission would take, and about how much memory and disk", tag: "Tasks",
      body: .json(CreateTaskRequest.self), answer: .json(TaskEstimateReply.self),
      errors: [.notFound, .badGateway, .serviceUnavailable], action: Tasks.estimate),
    Endpoint(
      .get, "/api/training/options", "trainingOptions", "What a training may set: templates and arguments",
      tag: "Tasks", answer: .json(TrainingOptionsReply.self), action: TrainingOptions.list),
    Endpoint(
      .get, "/api/tasks", "listTasks", "My tasks, newest first", tag: "Tasks",
      query: [
        .init(name: "status", summary: "Only these, separated by commas", type: "string"),
        .init(name: "limit", summary: "1 to 1,000", type: "integer"),
      ], answer: .json(TaskListReply.self), errors: [.unprocessableContent], action: Tasks.list),
    Endpoint(
      .get, "/api/tasks/{task_id}", "getTask", "A task with its attempts and its command", tag: "Tasks",
      answer: .json(TaskDetailReply.self), errors: [.notFound], action: Tasks.get),
    Endpoint(
      .patch, "/api/tasks/{task_id}", "changeTask", "Let a waiting task run earlier or later", tag: "Tasks",
      body: .json(ChangeTaskRequest.self), answer: .json(TaskReply.self), errors: [.notFound, .conflict],
      action: Tasks.change),
    Endpoint(
      .delete, "/api/tasks/{task_id}", "deleteTask", "Delete an ended task; its model stays", tag: "Tasks",
      answer: .json(MessageReply.self), errors: [.notFound, .conflict], action: Tasks.delete),
    Endpoint(
      .post, "/api/tasks/{task_id}/cancel", "cancelTask",
      "Stop a task; what it learned so far is saved where it can be", tag: "Tasks",
      answer: .json(TaskReply.self), errors: [.notFound, .conflict], action: Tasks.cancel),
    Endpoint(
      .post, "/api/tasks/{task_id}/retry", "retryTask", "Run an ended task again, or go on from a checkpoint",
      tag: "Tasks", body: .json(RetryTaskRequest.self), answer: .json(TaskReply.self),
      errors: [.forbidden, .notFound, .conflict], action: Tasks.retry),
    Endpoint(
      .get, "/api/tasks/{task_id}/logs", "taskLogs", "The task's log: its end, or from a byte on",
      tag: "Tasks",
      query: [
        .init(name: "from", summary: "Byte to begin at; without it the last 256 KiB", type: "integer"),
        .init(name: "attempt", summary: "Another attempt's log", type: "integer"),
      ], answer: .json(TaskLogsReply.self),
      errors: [.notFound, .unprocessableContent, .badGateway, .serviceUnavailable], action: Tasks.logs),
    Endpoint(
      .get, "/api/tasks/{task_id}/logs/stream", "streamTaskLogs",
      "The log as it grows; ends with the task; Last-Event-ID is a byte offset", tag: "Tasks",
      query: [.init(name: "from", summary: "Byte to begin at", type: "integer")],
      answer: .events(TaskLogsReply.self),
      errors: [.notFound, .unprocessableContent, .badGateway, .serviceUnavailable], action: Tasks.streamLogs),
    Endpoint(
      .get, "/api/tasks/{task_id}/metrics", "taskMetrics", "Loss, evaluation and learning rate by step",
      tag: "Tasks",
      query: [.init(name: "from", summary: "next_offset of an earlier answer", type: "integer")],
      answer: .json(TaskMetricsReply.self),
      errors: [.notFound, .unprocessableContent, .badGateway, .serviceUnavailable], action: Tasks.metrics),
    Endpoint(
      .get, "/api/tasks/{task_id}/gpus", "taskGPUs",
      "Use and memory of the task's GPUs while it ran; none for one that ran on the processor", tag: "Tasks",
      query: [.init(name: "attempt", summary: "Another attempt's", type: "integer")],
      answer: .json(TaskGPUsReply.self), errors: [.notFound, .unprocessableContent], action: Tasks.gpus),
    Endpoint(
      .get, "/api/tasks/{task_id}/metrics/stream", "streamTaskMetrics",
      "The metrics as they come; ends with the task", tag: "Tasks",
      query: [.init(name: "from", summary: "next_offset of an earlier answer", type: "integer")],
      answer: .events(TaskMetricsReply.self),
      errors: [.notFound, .unprocessableContent, .badGateway, .serviceUnavailable],
      action: Tasks.streamMetrics),
  ]

  static let chat: [Endpoint] = [
    Endpoint(
      .post, "/api/chat/completion", "chatCompletion", "One answer of a model, whole", tag: "Chat",
      body: .json(ChatCompletionRequest.self), answer: .json(ChatCompletionReply.self),
      errors: [.notFound, .tooManyRequests, .badGateway, .serviceUnavailable, .gatewayTimeout],
      action: Chat.complete),
    Endpoint(
      .get, "/api/services", "listServices", "Models loaded or loading", tag: "Chat",
      answer: .json(ServiceListReply.self), action: Chat.services),
    Endpoint(
      .post, "/api/services", "startService", "Load a model and wait until it answers", tag: "Chat",
      body: .json(StartServiceRequest.self), answer: .json(ServiceReply.self),
      errors: [.notFound, .badGateway, .serviceUnavailable, .gatewayTimeout], action: Chat.startService),
    Endpoint(
      .delete, "/api/services/{service_id}", "stopService", "Unload a model", tag: "Chat",
      answer: .json(MessageReply.self), errors: [.notFound], action: Chat.stopService),
  ]

  static let conversations: [Endpoint] = [
    Endpoint(
      .post, "/conversations", "createConversation", "Begin a conversation; the newest are kept",
      tag: "Conversations", access: .guest, answer: .json(CreateConversationReply.self),
      action: Conversations.create),
    Endpoint(
      .get, "/conversations", "listConversations", "My conversations, the last used first",
      tag: "Conversations", access: .guest,
      query: [
        .init(name: "archived", summary: "true: those put away", type: "boolean"),
        .init(name: "tag", summary: "Only those with this tag", type: "string"),
        .init(name: "limit", summary: "1 to 1000, 500 without it", type: "integer"),
        .init(name: "after", summary: "The next of an answer: what comes behind it", type: "string"),
      ], answer: .json(ConversationListReply.self), errors: [.unprocessableContent],
      action: Conversations.list),
    Endpoint(
      .get, "/conversations/search", "searchConversations",
      "Messages that have every word; Chinese needs no blanks", tag: "Conversations",
      query: [
        .init(name: "q", summary: "What to look for; words may be cut short", type: "string"),
        .init(name: "limit", summary: "1 to 100", type: "integer"),
      ], answer: .json(ConversationSearchReply.self), errors: [.unprocessableContent],
      action: Conversations.search),
    Endpoint(
      .get, "/conversations/export", "exportConversations", "All my conversations as one file",
      tag: "Conversations", answer: .bytes("application/json"), action: Conversations.exportAll),
    Endpoint(
      .post, "/conversations/import", "importConversations",
      "Take in a file of Luthier's or OpenAI's export; what is there already stays as it is",
      tag: "Conversations", body: .file(field: "file"), answer: .json(ImportReply.self),
      bodyLimit: 4 << 30, action: Conversations.importFile),
    Endpoint(
      .get, "/conversations/{session_id}/export", "exportConversation",
      "A conversation with all its branches as a file that can be imported", tag: "Conversations",
      access: .guest, answer: .bytes("application/json"), errors: [.notFound], action: Conversations.export),
    Endpoint(
      .get, "/conversations/{session_id}/export.md", "exportMarkdown",
      "A conversation's chosen branch to read", tag: "Conversations", access: .guest,
      answer: .bytes("text/markdown"), errors: [.notFound], action: Conversations.exportMarkdown),
    Endpoint(
      .get, "/conversations/{session_id}", "getConversation", "A conversation without its messages",
      tag: "Conversations", access: .guest, answer: .json(ConversationReply.self), errors: [.notFound],
      action: Conversations.get),
    Endpoint(
      .patch, "/conversations/{session_id}", "updateConversation",
      "Rename, pin, put away, tag, or change how its replies are asked for",
      tag: "Conversations", access: .guest, body: .json(UpdateConversationRequest.self),
      answer: .json(ConversationReply.self), errors: [.notFound], action: Conversations.update),
    Endpoint(
      .post, "/conversations/{session_id}/branch", "selectBranch",
      "Go over to the branch a message is on; nothing is lost", tag: "Conversations", access: .guest,
      body: .json(SelectBranchRequest.self), answer: .json(HistoryReply.self),
      errors: [.notFound, .conflict], action: Conversations.branch),
    Endpoint(
      .post, "/conversations/{session_id}/regenerate", "regenerateReply",
      "Another reply to the same question; the earlier ones stay", tag: "Conversations", access: .guest,
      body: .json(RegenerateRequest.self), answer: .jsonOrEvents(HistoryReply.self, ChatStreamEvent.self),
      errors: [
        .forbidden, .notFound, .conflict, .tooManyRequests, .badGateway, .serviceUnavailable, .gatewayTimeout,
      ],
      action: Conversations.regenerate),
    Endpoint(
      .get, "/conversations/{session_id}/reply", "resumeReply",
      "The rest of a reply that is being written; Last-Event-ID or from says what is there already",
      tag: "Conversations", access: .guest,
      query: [.init(name: "from", summary: "Chunks that came before", type: "integer")],
      answer: .events(ChatStreamEvent.self), errors: [.notFound, .conflict, .unprocessableContent],
      action: Conversations.resume),
    Endpoint(
      .get, "/conversations/{session_id}/history", "conversationHistory", "The messages of a conversation",
      tag: "Conversations", access: .guest, answer: .json(HistoryReply.self), errors: [.notFound],
      action: Conversations.history),
    Endpoint(
      .delete, "/conversations/{session_id}", "deleteConversation", "Delete a conversation",
      tag: "Conversations", access: .guest, answer: .json(MessageReply.self), errors: [.notFound],
      action: Conversations.delete),
    Endpoint(
      .delete, "/conversations/{session_id}/reply", "stopReply",
      "Stop the reply that is being written; what came is kept", tag: "Conversations", access: .guest,
      answer: .json(MessageReply.self), errors: [.notFound, .conflict], action: Conversations.stop),
    Endpoint(
      .post, "/chat", "sendMessage",
      "Send a message; the reply is written to its end also when the caller leaves", tag: "Conversations",
      access: .guest, body: .json(SendMessageRequest.self),
      answer: .jsonOrEvents(SendMessageReply.self, ChatStreamEvent.self),
      errors: [
        .forbidden, .notFound, .conflict, .tooManyRequests, .badGateway, .serviceUnavailable, .gatewayTimeout,
      ],
      action: Conversations.send),
    Endpoint(
      .get, "/api/config", "getChatConfig", "Whom my conversations go to, and what else there is",
      tag: "Conversations", access: .guest,
      query: [.init(name: "user_id", summary: "Mine; guests choose one", type: "string")],
      answer: .json(ChatConfigReply.self), errors: [.forbidden, .unprocessableContent],
      action: ChatConfigs.get),
    Endpoint(
      .post, "/api/config", "setChatConfig", "Choose a preset, a server of my own, or one of my models",
      tag: "Conversations", access: .guest, body: .json(ChatConfigRequest.self),
      answer: .json(ChatConfigReply.self),
      errors: [.forbidden, .notFound, .badGateway, .serviceUnavailable], action: ChatConfigs.change),
  ]

  static let webChat: [Endpoint] = [
    Endpoint(
      .get, "/api/models", "listChatModels", "Everything I can chat with, and what of it is loaded",
      tag: "Web chat", access: .guest, answer: .json(ListedModelsReply.self),
      errors: [.badGateway, .serviceUnavailable], action: WebChat.models),
    Endpoint(
      .post, "/api/models/scan", "scanModels", "Look through the hosts' folders for models again",
      tag: "Models", answer: .json(ModelScanReply.self), action: WebChat.scan),
    Endpoint(
      .post, "/api/models/{name*}/verify", "verifyModel",
      "Compare how a model is spoken to and answers, between trainer and server", tag: "Models",
      body: .json(VerifyModelRequest.self), answer: .events(VerifyEvent.self),
      errors: [.notFound, .conflict, .badGateway, .serviceUnavailable], action: Models.verify),
    Endpoint(
      .post, "/api/models/{name*}/merge", "mergeModel",
      "Merge an adapter into its base, once; the merged model is one of mine then", tag: "Models",
      body: .json(MergeModelRequest.self), answer: .events(MergeEvent.self),
      errors: [.forbidden, .notFound, .conflict, .badGateway, .serviceUnavailable], action: Models.merge),
    Endpoint(
      .delete, "/api/models/{name*}/merge", "stopMerge", "Stop a merge of mine; nothing of it stays",
      tag: "Models", answer: .json(MessageReply.self),
      errors: [.notFound, .conflict, .badGateway, .serviceUnavailable], action: Models.stopMerge),
    Endpoint(
      .get, "/api/models/{name*}/status", "modelStatus",
      "Whether a model is loaded; a slash in its name is sent as %2F", tag: "Web chat", access: .guest,
      answer: .json(LoadStatusReply.self), errors: [.notFound, .badGateway, .serviceUnavailable],
      action: WebChat.status),
    Endpoint(
      .post, "/api/models/{name*}/load", "loadModel",
      "Begin to load a model, without waiting for it; its status tells how far it is", tag: "Web chat",
      access: .guest,
      query: [
        .init(name: "port", summary: "Where on its host it is to be served, from 1024", type: "integer")
      ], answer: .json(LoadStatusReply.self),
      errors: [.notFound, .conflict, .unprocessableContent, .badGateway, .serviceUnavailable],
      action: WebChat.load),
    Endpoint(
      .post, "/api/models/{name*}/unload", "unloadModel", "Unload a model, or end its load", tag: "Web chat",
      access: .guest,
      answer: .json(MessageReply.self), errors: [.notFound, .conflict, .badGateway, .serviceUnavailable],
      action: WebChat.unload),
    Endpoint(
      .post, "/api/generate", "generate", "A streamed answer to a prompt, kept with session_id",
      tag: "Web chat", access: .guest, body: .json(GenerateRequest.self),
      answer: .events(ChatStreamEvent.self),
      errors: [
        .forbidden, .notFound, .conflict, .tooManyRequests, .badGateway, .serviceUnavailable, .gatewayTimeout,
      ],
      action: WebChat.generate),
    Endpoint(
      .post, "/api/chat/clear", "clearChat", "Take every message out of a conversation", tag: "Web chat",
      access: .guest, body: .json(ClearChatRequest.self), answer: .json(MessageReply.self),
      errors: [.notFound], action: WebChat.clear),
  ]

  static let hosts: [Endpoint] = [
    Endpoint(
      .get, "/api/hosts", "listHosts", "Hosts, their load and their GPUs", tag: "Hosts",
      query: [
        .init(name: "limit", summary: "1 to 1000, 1000 without it", type: "integer"),
        .init(name: "after", summary: "The next of an answer: what comes behind it", type: "string"),
      ], answer: .json(HostListReply.self), errors: [.unprocessableContent], action: Hosts.list),
    Endpoint(
      .get, "/api/hosts/{host_id}", "getHost", "A host", tag: "Hosts", answer: .json(HostReply.self),
      errors: [.notFound], action: Hosts.get),
    Endpoint(
      .post, "/api/hosts", "addHost", "Add a host over SSH; its first key is recorded", tag: "Hosts",
      access: .administrator, body: .json(HostRequest.self), answer: .json(HostReply.self),
      errors: [.conflict, .badGateway, .serviceUnavailable], action: Hosts.add),
    Endpoint(
      .patch, "/api/hosts/{host_id}", "changeHost",
      "Change how a host is reached, its name or its slots; what runs on it goes on", tag: "Hosts",
      access: .administrator, body: .json(ChangeHostRequest.self), answer: .json(HostReply.self),
      errors: [.notFound, .conflict], action: Hosts.change),
    Endpoint(
      .delete, "/api/hosts/{host_id}", "removeHost", "Remove a host on which nothing runs", tag: "Hosts",
      access: .administrator, answer: .json(MessageReply.self), errors: [.notFound, .conflict],
      action: Hosts.remove),
    Endpoint(
      .post, "/api/hosts/test", "testNewHost", "Try to connect to a host without adding it", tag: "Hosts",
      access: .administrator, body: .json(HostRequest.self), answer: .json(HostTrialReply.self),
      action: Hosts.testNew),
    Endpoint(
      .post, "/api/hosts/{host_id}/test", "testHost", "Try a new connection to a host", tag: "Hosts",
      access: .administrator, answer: .json(HostTrialReply.self), errors: [.notFound, .conflict],
      action: Hosts.test),
    Endpoint(
      .post, "/api/hosts/{host_id}/trust", "trustHost",
      "Accept the host key with exactly this fingerprint in place of the recorded one", tag: "Hosts",
      access: .administrator, body: .json(TrustHostRequest.self), answer: .json(HostReply.self),
      errors: [.notFound, .conflict, .badGateway, .serviceUnavailable], action: Hosts.trust),
    Endpoint(
      .post, "/api/hosts/{host_id}/setup", "setUpHost",
      "Install the pinned trainer in the host's work folder; what runs already goes on", tag: "Hosts",
      access: .administrator, answer: .json(HostSetupReply.self),
      errors: [.notFound, .conflict, .badGateway, .serviceUnavailable, .gatewayTimeout, HTTPStatus(507)],
      action: Hosts.startSetup),
    Endpoint(
      .get, "/api/hosts/{host_id}/setup", "hostSetup", "How the installation on a host stands", tag: "Hosts",
      access: .administrator, answer: .json(HostSetupReply.self),
      errors: [.notFound, .badGateway, .serviceUnavailable, .gatewayTimeout], action: Hosts.setup),
    Endpoint(
      .delete, "/api/hosts/{host_id}/setup", "stopHostSetup", "Stop the installation on a host", tag: "Hosts",
      access: .administrator, answer: .json(HostSetupReply.self),
      errors: [.notFound, .conflict, .badGateway, .serviceUnavailable, .gatewayTimeout],
      action: Hosts.stopSetup),
    Endpoint(
      .get, "/api/hosts/{host_id}/setup/stream", "streamHostSetup",
      "The installation's log and progress as they come; ends with it; Last-Event-ID is a byte offset",
      tag: "Hosts", access: .administrator,
      query: [.init(name: "from", summary: "Byte to begin at", type: "integer")],
      answer: .events(HostSetupLogReply.self),
      errors: [
        .notFound, .unprocessableContent, .badGateway, .serviceUnavailable, .gatewayTimeout,
      ], action: Hosts.streamSetup),
    Endpoint(
      .get, "/api/hosts/{host_id}/doctor", "hostDoctor",
      "What works on a host, what is missing, and the cure", tag: "Hosts", answer: .json(DoctorReply.self),
      errors: [.notFound, .badGateway, .serviceUnavailable], action: Hosts.doctor),
  ]

  static let system: [Endpoint] = [
    Endpoint(
      .get, "/api/events", "events",
      "What happens, as it happens; resumes after Last-Event-ID and misses nothing", tag: "System",
      query: [.init(name: "after", summary: "Sequence number to resume after", type: "integer")],
      answer: .events(EventReply.self), errors: [.unprocessableContent], action: System.events),
    Endpoint(
      .get, "/api/health", "health", "Whether the server works", tag: "System", access: .open,
      answer: .json(HealthReply.self), errors: [.serviceUnavailable], action: System.health),
    Endpoint(
      .get, "/metrics", "metrics", "The server in figures, as Prometheus reads them", tag: "System",
      access: .watcher, answer: .bytes("text/plain"), action: System.metrics),
    Endpoint(
      .get, "/openapi.json", "openAPI", "This document", tag: "System", access: .open,
      answer: .bytes("application/json"), action: System.openAPI),
    Endpoint(
      .get, "/docs", "docs", "The documentation as a page", tag: "System", access: .open,
      answer: .bytes("text/html"), action: System.docs),
  ]

  static let page: [Endpoint] = [
    Endpoint(
      .get, "/", "home", "The web page", tag: "Page", access: .open, answer: .bytes("text/html"),
      action: Page.index),
    Endpoint(
      .get, "/app", "page", "The web page", tag: "Page", access: .open, answer: .bytes("text/html"),
      action: Page.index),
    Endpoint(
      .get, "/app/{path...}", "pageAt", "The web page, at one of its own addresses", tag: "Page",
      access: .open, answer: .bytes("text/html"), action: Page.index),
    Endpoint(
      .get, "/assets/{name}", "pageAsset", "A script, a style or a font of the web page", tag: "Page",
      access: .open, answer: .bytes("*/*"), errors: [.notFound], action: Page.asset),
  ]
}
