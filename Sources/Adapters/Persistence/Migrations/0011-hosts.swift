import SQLAccess

extension Migration {
  /// Hosts over SSH that administrators added.
  ///
  /// A key's text, a passphrase and a password are stored sealed.
  static let hosts = Migration(
    "0011_hosts",
    [
      """
      CREATE TABLE hosts (
        number \(type: .countingKey),
        id \(type: .key) NOT NULL UNIQUE,
        name \(type: .key) NOT NULL UNIQUE,
        address \(type: .text) NOT NULL,
        port \(type: .integer),
        login_name \(type: .text),
        authentication \(type: .key) NOT NULL,
        key_path \(type: .text),
        sealed_key \(type: .blob),
        sealed_password \(type: .blob),
        jump_host \(type: .text),
        user_data_directory \(type: .text) NOT NULL,
        work_directory \(type: .text),
        virtual_environment \(type: .text),
        conda_environment \(type: .text),
        trainer_command \(type: .text),
        slots \(type: .integer) NOT NULL,
        created_by \(type: .key),
        created_at \(type: .integer) NOT NULL,
        FOREIGN KEY (created_by) REFERENCES users (id) ON DELETE SET NULL
      ) \(tableOptions: .strict)
      """
    ])
}
