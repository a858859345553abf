/// A setting as the example file and the help show it.
package struct SettingKey: Sendable, Equatable {
  package let name: String
  /// What holds when it is not set, in words where it is not one value.
  package let standard: String
  package let summary: String
  package let isSecret: Bool
}

extension Settings {
  /// Every name `Settings` reads; `.env.example` is tested against this list.
  package static let keys: [SettingKey] = [
    key(
      "HOST", "127.0.0.1",
      "Address to listen on; 0.0.0.0 for every one, :: with IPv6 too, unix:/path for a local socket"),
    key("PORT", "8000", "Port to listen on; 0 takes a free one"),
    key("LUTHIER_TLS_CERTIFICATE", "none: http", "PEM file of certificates: the server speaks https"),
    key("LUTHIER_TLS_KEY", "none", "PEM file of its private key, without a passphrase"),
    key("LUTHIER_CONNECTIONS", "10000", "Clients connected at one time; those past it get 503"),
    key(
      "LUTHIER_CONNECTIONS_PER_ADDRESS", "1000",
      "Clients connected from one address, but for this machine's own; those past it get 429"),
    key("LUTHIER_DATA_DIR", "~/.local/share/luthier", "Folder for the database, the secret and users' files"),
    key("DATABASE_URL", "sqlite:///<data>/luthier.db", "Where the state is kept"),
    key("LUTHIER_SERVERS", "one", "many: other servers work on the same database"),
    key(
      "LUTHIER_SERVER_URL", "HOST and PORT",
      "Where those others reach this server, such as http://10.0.0.2:8000"),
    key(
      "REMOTE_USER_DATA_DIR", "<data>/users; over SSH ~/.luthier/users",
      "Folder with {user_id}/datasets and {user_id}/models, on the first host"),
    key(
      "LUTHIER_STORAGE", "local",
      "Where datasets and archives are kept: local, or s3://BUCKET/PREFIX on an S3-compatible store"),
    key(
      "LUTHIER_S3_ENDPOINT", "Amazon's of the region",
      "The store's address, such as https://minio.example.org:9000"),
    key("LUTHIER_S3_REGION", "us-east-1", "The bucket's region"),
    key(
      "LUTHIER_S3_STYLE", "path; host without an endpoint",
      "Where the bucket stands in addresses: path or host"),
    key("LUTHIER_S3_KEY_ID", "none", "The access key's identifier"),
    secret("LUTHIER_S3_SECRET_KEY", "none", "The access key's secret"),
    key("LUTHIER_S3_SECRET_KEY_FILE", "none", "File with that secret, which nobody else may read"),
    secret("LUTHIER_S3_SESSION_TOKEN", "none", "Token of a key that is lent for a time"),
    key(
      "LUTHIER_S3_CA", "the system's", "PEM file of the authorities that the store's certificate may be of"),
    secret("SECRET_KEY", "made at first start", "Signs tokens and seals secrets; 16 characters or more"),
    key("ACCESS_TOKEN_EXPIRE_MINUTES", "1440", "How long a login lasts; 30 days with remember_me"),
    key("MAX_UPLOAD_SIZE", "104857600", "Bytes of one dataset"),
    key("CORS_ORIGINS", "none", "Origins whose pages may call, separated by commas; * for every one"),
    key("GUEST_ACCESS", "false", "Lets callers without a login chat, all as one guest"),
    key(
      "LUTHIER_REGISTRATION", "open",
      "closed: only administrators make accounts, but for the first one"),
    key("LUTHIER_USER_STORAGE", "0: no limit", "Bytes of datasets and tuned models a user may have"),
    key("LUTHIER_USER_TASKS", "0: no limit", "Tasks a user may have waiting and running"),
    key("LLAMAFACTORY_CLI_PATH", "looked for", "The trainer's command"),
    key("LUTHIER_TRAINER", "looked for", "Virtual environment that holds LLaMA-Factory"),
    key("CONDA_ENV", "none", "Conda environment that holds LLaMA-Factory"),
    key("SSH_HOST", "none: this machine", "Host to train on: a name, an address, or one of ~/.ssh/config"),
    key("SSH_PORT", "22, or as ~/.ssh/config says", "Its SSH port"),
    key("SSH_USERNAME", "as ~/.ssh/config says", "User to log in as"),
    key("SSH_KEY_PATH", "the agent's and the usual keys", "Private key to log in with"),
    secret("SSH_PASSWORD", "none", "Password to log in with, or the passphrase of SSH_KEY_PATH"),
    key(
      "REMOTE_WORK_DIR", "none",
      "Folder of LLaMA-Factory on the first host: looked into for its environment; chat scripts run in it"),
    key("CHAT_MODE", "service", "How models on hosts are spoken to: service, cli or script"),
    key(
      "CHAT_SCRIPT_PATH", "Luthier's own",
      "Script of the modes cli and script, on the host; relative to REMOTE_WORK_DIR"),
    key("CHAT_TIMEOUT", "300", "Seconds for one answer in the modes cli and script, loading included"),
    key("LUTHIER_SLOTS", "1", "Tasks that train at the same time on each GPU; without a GPU, in all"),
    key("LUTHIER_MODEL_FOLDERS", "none", "Folders with base models for everyone, separated by colons"),
    key(
      "LUTHIER_SCAN_FOLDERS", "saves and models of the work folder",
      "Folders looked through for models, separated by colons; HOST=FOLDER on one host only"),
    key("LUTHIER_MODEL_LOAD_TIMEOUT", "600", "Seconds a model may take to load"),
    key("LUTHIER_MODEL_IDLE_TIMEOUT", "900", "Seconds without a request after which a model is unloaded"),
    key(
      "LUTHIER_PRELOAD_MODELS", "none", "Models of those folders to load at the start, separated by commas"),
    key(
      "LUTHIER_MODELS_PER_HOST", "3", "Models a host holds at once; 0: as many as its GPUs have memory for"),
    key("LUTHIER_MODEL_MEMORY", "0: not counted", "Bytes models may take on a host without a GPU"),
    key("LUTHIER_MODEL_RESIDENCE", "10", "Seconds a model stays loaded before another may take its room"),
    key("LUTHIER_MODEL_ENGINE", "llamafactory", "What serves models on hosts: llamafactory or vllm"),
    key("LUTHIER_VLLM_PATH", "vllm", "vLLM's command on the hosts, for that engine"),
    key("LLM_API_URL", "none", "Preset codegeex: an OpenAI-compatible server, such as http://host:port/v1"),
    key("LLM_MODEL", "codegeex4-all-9b", "Preset codegeex: the model's name there"),
    secret("LLM_API_KEY", "none", "Preset codegeex: its key"),
    key("LUTHIER_GLM_API_URL", "none", "Preset glm4: an OpenAI-compatible server"),
    key("LUTHIER_GLM_MODEL", "glm4_32B_chat", "Preset glm4: the model's name there"),
    secret("LUTHIER_GLM_API_KEY", "none", "Preset glm4: its key"),
    key(
      "LUTHIER_OLLAMA_URL", "none",
      "An Ollama server, such as http://127.0.0.1:11434; its models are ollama/NAME"),
    key("LUTHIER_PRESETS", "none", "JSON file with more presets"),
    key(
      "LUTHIER_ALLOW_PRIVATE_UPSTREAMS", "true; false with GUEST_ACCESS",
      "Whether users may name model servers on this machine and in private networks"),
    key("LUTHIER_UPSTREAM_TIMEOUT", "600", "Seconds a model server may send nothing in a /v1 request"),
    key("LUTHIER_REQUESTS_PER_MINUTE", "0: no limit", "Requests to /v1 a user may make a minute"),
    key("LUTHIER_TOKENS_PER_DAY", "0: no limit", "Tokens a user may use through /v1 in a day of UTC"),
    key("LUTHIER_KEEP_CONVERSATIONS", "500", "Conversations of a user; the longest unused are forgotten"),
    key(
      "LUTHIER_IMPROVE_TITLES", "true", "Lets models give conversations better titles while nothing is asked"),
    key("LUTHIER_CONTEXT_TOKENS", "8192", "Tokens of a model's window, where a preset does not say"),
    key(
      "LUTHIER_METRICS", "administrators",
      "Who may read /metrics: administrators, or open for everyone who reaches the server"),
    key("LUTHIER_LOG_LEVEL", "info", "debug, info, warning or error"),
    key("LUTHIER_LOG_FORMAT", "text on a terminal, else json", "text or json"),
  ]

  private static func key(_ name: String, _ standard: String, _ summary: String) -> SettingKey {
    SettingKey(name: name, standard: standard, summary: summary, isSecret: false)
  }

  private static func secret(_ name: String, _ standard: String, _ summary: String) -> SettingKey {
    SettingKey(name: name, standard: standard, summary: summary, isSecret: true)
  }
}
