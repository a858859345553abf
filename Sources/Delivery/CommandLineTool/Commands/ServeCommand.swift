/// The help of `luthier serve`; the server itself is started elsewhere.
enum ServeCommand {
  static let command = Command(
    "serve", "Start the server",
    notes: """
      Reads its settings from the environment and from a file .env in the working folder. With nothing set it listens on http://127.0.0.1:8000, keeps its state in SQLite and trains on this machine.

      Settings:
        HOST                           address to listen on (127.0.0.1); :: with IPv6, unix:/path for a local socket
        PORT                           port to listen on (8000)
        LUTHIER_TLS_CERTIFICATE        PEM file of certificates: the server speaks https; read again on SIGHUP
        LUTHIER_TLS_KEY                PEM file of its private key, without a passphrase
        LUTHIER_CONNECTIONS            clients connected at one time (10000)
        LUTHIER_CONNECTIONS_PER_ADDRESS  clients connected from one address, but for this machine's own (1000)
        LUTHIER_DATA_DIR               folder for the database, the secret and users' files
                                       (~/.local/share/luthier)
        DATABASE_URL                   where the state is kept (sqlite:///<data>/luthier.db), or
                                       postgresql://user:password@host:5432/database, or
                                       mysql://user:password@host:3306/database
        LUTHIER_SERVERS                many: other servers work on the same database; see docs/scale.md (one)
        LUTHIER_SERVER_URL             where those others reach this server (from HOST and PORT)
        REMOTE_USER_DATA_DIR           folder with {user_id}/datasets and {user_id}/models (<data>/users)
        LUTHIER_STORAGE                where datasets and archives are kept: local, or s3://BUCKET/PREFIX; see docs/storage.md
                                       (local)
        LUTHIER_S3_ENDPOINT            the store's address, such as https://minio.example.org:9000 (Amazon's)
        LUTHIER_S3_REGION              the bucket's region (us-east-1)
        LUTHIER_S3_STYLE               where the bucket stands in addresses: path or host (path; host without
                                       an endpoint)
        LUTHIER_S3_KEY_ID              the access key's identifier (none)
        LUTHIER_S3_SECRET_KEY          its secret (none)
        LUTHIER_S3_SECRET_KEY_FILE     file with that secret, which nobody else may read (none)
        LUTHIER_S3_SESSION_TOKEN       token of a key that is lent for a time (none)
        LUTHIER_S3_CA                  PEM file of the authorities of the store's certificate (the system's)
        SECRET_KEY                     signs tokens and seals secrets; 16 characters or more
                                       (made at first start)
        ACCESS_TOKEN_EXPIRE_MINUTES    how long a sign-in lasts (1440)
        MAX_UPLOAD_SIZE                bytes of one dataset (104857600)
        CORS_ORIGINS                   origins whose pages may call, separated by commas
        GUEST_ACCESS                   true lets callers without a login chat, all as one guest (false)
        LUTHIER_REGISTRATION           closed: only administrators make accounts (open)
        LUTHIER_USER_STORAGE           bytes of datasets and tuned models a user may have (0: no limit)
        LUTHIER_USER_TASKS             tasks a user may have waiting and running (0: no limit)
        SSH_HOST                       host to train on; without it this machine (docs/hosts.md)
        SSH_PORT                       its SSH port (as ~/.ssh/config says)
        SSH_USERNAME                   user to log in as (as ~/.ssh/config says)
        SSH_KEY_PATH                   private key to log in with
        SSH_PASSWORD                   password to log in with, or the key's passphrase
        REMOTE_WORK_DIR                folder of LLaMA-Factory on the first host; chat scripts run in it
        CHAT_MODE                      service, or cli or script, which load the model for each message
        CHAT_SCRIPT_PATH               script of the modes cli and script, on the host (Luthier's own)
        CHAT_TIMEOUT                   seconds for one answer in the modes cli and script (300)
        LLAMAFACTORY_CLI_PATH          the trainer's command (looked for)
        LUTHIER_TRAINER                virtual environment that holds LLaMA-Factory (looked for)
        CONDA_ENV                      conda environment that holds LLaMA-Factory
        LUTHIER_SLOTS                  tasks at the same time on each GPU (1)
        LUTHIER_MODEL_FOLDERS          folders with base models for everyone, separated by colons
        LUTHIER_SCAN_FOLDERS           folders looked through for models, separated by colons; HOST=FOLDER on one host
        LUTHIER_MODEL_LOAD_TIMEOUT     seconds a model may take to load (600)
        LUTHIER_MODEL_IDLE_TIMEOUT     seconds without a request after which a model is unloaded (900)
        LUTHIER_PRELOAD_MODELS         models of those folders to load at the start, separated by commas
        LUTHIER_MODELS_PER_HOST        models a host holds at once (3); 0: as many as its GPUs hold
        LUTHIER_MODEL_MEMORY           bytes models may take on a host without a GPU (not counted)
        LUTHIER_MODEL_RESIDENCE        seconds a model stays before another may take its room (10)
        LUTHIER_MODEL_ENGINE           what serves models on hosts: llamafactory (the default) or vllm
        LUTHIER_VLLM_PATH              vLLM's command on the hosts, for that engine (vllm)
        LLM_API_URL                    preset codegeex: an OpenAI-compatible server, http://host:port/v1
        LLM_MODEL                      preset codegeex: the model's name there (codegeex4-all-9b)
        LLM_API_KEY                    preset codegeex: its key
        LUTHIER_GLM_API_URL            preset glm4: an OpenAI-compatible server
        LUTHIER_GLM_MODEL              preset glm4: the model's name there (glm4_32B_chat)
        LUTHIER_GLM_API_KEY            preset glm4: its key
        LUTHIER_OLLAMA_URL             an Ollama server, such as http://127.0.0.1:11434
        LUTHIER_PRESETS                JSON file with more presets
        LUTHIER_ALLOW_PRIVATE_UPSTREAMS  whether users may name servers in private networks
        LUTHIER_UPSTREAM_TIMEOUT     seconds a model server may send nothing in a /v1 request (600)
        LUTHIER_REQUESTS_PER_MINUTE  requests to /v1 a user may make a minute (no limit)
        LUTHIER_TOKENS_PER_DAY       tokens a user may use through /v1 in a day (no limit)
        LUTHIER_KEEP_CONVERSATIONS     conversations of a user that are kept (500)
        LUTHIER_IMPROVE_TITLES         lets models give conversations better titles (true)
        LUTHIER_CONTEXT_TOKENS         tokens of a model's window, where a preset does not say (8192)
        LUTHIER_METRICS                administrators, or open: who may read /metrics (administrators)
        LUTHIER_LOG_LEVEL              debug, info, warning or error (info)
        LUTHIER_LOG_FORMAT             text or json (text on a terminal, else json)
      """,
    examples: [
      .init("luthier serve", "Listen on http://127.0.0.1:8000."),
      .init("PORT=9000 LUTHIER_DATA_DIR=/srv/luthier luthier serve", "Another port and folder."),
    ]
  ) { _ in
    throw UsageError("luthier serve takes no arguments.", hint: "Its settings are in the environment.")
  }
}
