/// The help of `luthier serve`; the server itself is started elsewhere.
enum ServeCommand {
  static let command = Command(
    "serve", "Start the server",
    notes: """
      Reads its settings from the environment and from a file .env in the working folder. With nothing set it listens on http://127.0.0.1:8000, keeps its state in SQLite and trains on this machine.

      Settings:
        HOST                           address to listen on (127.0.0.1)
        PORT                           port to listen on (8000)
        LUTHIER_DATA_DIR               folder for the database, the secret and users' files
                                       (~/.local/share/luthier)
        DATABASE_URL                   where the state is kept (sqlite:///<data>/luthier.db)
        REMOTE_USER_DATA_DIR           folder with {user_id}/datasets and {user_id}/models (<data>/users)
        SECRET_KEY                     signs tokens and seals secrets; 16 characters or more
                                       (made at first start)
        ACCESS_TOKEN_EXPIRE_MINUTES    how long a sign-in lasts (1440)
        MAX_UPLOAD_SIZE                bytes of one dataset (104857600)
        CORS_ORIGINS                   origins whose pages may call, separated by commas
        GUEST_ACCESS                   true opens the documents' doors that know no login (false)
        SSH_HOST                       host to train on; without it this machine (docs/hosts.md)
        SSH_PORT                       its SSH port (as ~/.ssh/config says)
        SSH_USERNAME                   user to log in as (as ~/.ssh/config says)
        SSH_KEY_PATH                   private key to log in with
        SSH_PASSWORD                   password to log in with, or the key's passphrase
        REMOTE_WORK_DIR                folder on the host that may hold LLaMA-Factory's environment
        LLAMAFACTORY_CLI_PATH          the trainer's command (looked for)
        LUTHIER_TRAINER                virtual environment that holds LLaMA-Factory (looked for)
        CONDA_ENV                      conda environment that holds LLaMA-Factory
        LUTHIER_SLOTS                  tasks that train at the same time (1)
        LUTHIER_MODEL_FOLDERS          folders with base models for everyone, separated by colons
        LUTHIER_MODEL_LOAD_TIMEOUT     seconds a model may take to load (600)
        LUTHIER_MODEL_IDLE_TIMEOUT     seconds without a request after which a model is unloaded (900)
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
