/// Bounds of request fields that a Swift type cannot say: part of the document, and the table that
/// the server's own checks are tested against.
package enum Constraints {
  package static let table: [String: [String: [String: JSONValue]]] = [
    "RegisterRequest": [
      "username": [
        "minLength": .integer(3), "maxLength": .integer(20), "pattern": .string("^[A-Za-z0-9_.\\-]+$"),
      ],
      "email": ["format": .string("email"), "maxLength": .integer(254)],
      "password": ["minLength": .integer(6), "maxLength": .integer(256), "format": .string("password")],
    ],
    "LoginRequest": [
      "username_or_email": ["minLength": .integer(1), "maxLength": .integer(254)],
      "password": ["minLength": .integer(1), "maxLength": .integer(256), "format": .string("password")],
    ],
    "CreateKeyRequest": ["name": ["minLength": .integer(1), "maxLength": .integer(64)]],
    "AddModelRequest": [
      "model_path": ["minLength": .integer(1), "maxLength": .integer(1024)],
      "name": ["maxLength": .integer(100)],
    ],
    "CreateTaskRequest": [
      "name": ["minLength": .integer(1), "maxLength": .integer(100)],
      "model_name": ["minLength": .integer(1), "maxLength": .integer(1024)],
      "dataset_path": ["minLength": .integer(1), "maxLength": .integer(4096)],
      "epochs": ["exclusiveMinimum": .integer(0), "maximum": .integer(10_000), "default": .integer(3)],
      "learning_rate": [
        "exclusiveMinimum": .integer(0), "maximum": .integer(1), "default": .number(5e-5),
      ],
      "batch_size": ["minimum": .integer(1), "maximum": .integer(4096), "default": .integer(4)],
      "priority": ["minimum": .integer(-10), "maximum": .integer(10), "default": .integer(0)],
      "gpus": ["minimum": .integer(0), "maximum": .integer(64)],
      "gpu_ids": ["maxItems": .integer(64)],
    ],
    "BeginUploadRequest": [
      "filename": ["minLength": .integer(1), "maxLength": .integer(200)], "size": ["minimum": .integer(1)],
    ],
    "RenderRowsRequest": [
      "model_name": ["minLength": .integer(1), "maxLength": .integer(1024)],
      "from": ["minimum": .integer(1), "default": .integer(1)],
      "count": ["minimum": .integer(1), "maximum": .integer(10), "default": .integer(3)],
    ],
    "ChangeTaskRequest": ["priority": ["minimum": .integer(-10), "maximum": .integer(10)]],
    "ChatCompletionRequest": [
      "model_path": ["minLength": .integer(1), "maxLength": .integer(1024)],
      "messages": ["minItems": .integer(1), "maxItems": .integer(1000)],
      "temperature": ["minimum": .integer(0), "maximum": .integer(2), "default": .number(0.7)],
      "max_tokens": ["minimum": .integer(1), "maximum": .integer(32_768), "default": .integer(2048)],
    ],
    "SendMessageRequest": [
      "session_id": ["minLength": .integer(1), "maxLength": .integer(64)],
      "message": ["minLength": .integer(1)],
      "temperature": ["minimum": .integer(0), "maximum": .integer(2)],
      "max_tokens": ["minimum": .integer(1), "maximum": .integer(32_768), "default": .integer(2000)],
    ],
    "UpdateConversationRequest": [
      "title": ["minLength": .integer(1), "maxLength": .integer(200)],
      "tags": ["maxItems": .integer(20)],
    ],
    "RegenerateRequest": [
      "temperature": ["minimum": .integer(0), "maximum": .integer(2)],
      "max_tokens": ["minimum": .integer(1), "maximum": .integer(32_768)],
    ],
    "GenerateRequest": [
      "temperature": ["minimum": .integer(0), "maximum": .integer(2)],
      "top_p": ["exclusiveMinimum": .integer(0), "maximum": .integer(1)],
      "top_k": ["minimum": .integer(1), "maximum": .integer(1000)],
      "max_tokens": ["minimum": .integer(1), "maximum": .integer(32_768)],
    ],
    "ChatConfigRequest": [
      "max_tokens": ["minimum": .integer(1), "maximum": .integer(32_768), "default": .integer(2000)],
      "custom_api_url": ["maxLength": .integer(2048)],
      "custom_api_key": ["maxLength": .integer(4096), "format": .string("password")],
    ],
    "SlurmSettings": [
      "partition": ["maxLength": .integer(200)], "account": ["maxLength": .integer(200)],
      "qos": ["maxLength": .integer(200)], "gres": ["maxLength": .integer(200)],
      "constraint": ["maxLength": .integer(200)],
      "minutes": ["minimum": .integer(1), "maximum": .integer(525_600)],
      "nodes": ["minimum": .integer(1), "maximum": .integer(1_024)],
      "cpus": ["minimum": .integer(1), "maximum": .integer(4_096)],
      "memory_mib": ["minimum": .integer(1), "maximum": .integer(1_073_741_824)],
    ],
    "HostRequest": hostSettings,
    "ChangeHostRequest": hostSettings,
    "TrustHostRequest": ["fingerprint": ["pattern": .string("^SHA256:[A-Za-z0-9+/]{43}$")]],
    "StartServiceRequest": ["model_path": ["minLength": .integer(1), "maxLength": .integer(1024)]],
  ]

  private static let hostSettings: [String: [String: JSONValue]] = [
    "name": ["maxLength": .integer(64)],
    "address": ["maxLength": .integer(255)],
    "port": ["minimum": .integer(1), "maximum": .integer(65_535)],
    "user": ["maxLength": .integer(255)],
    "private_key": ["maxLength": .integer(16_384), "format": .string("password")],
    "passphrase": ["maxLength": .integer(1024), "format": .string("password")],
    "password": ["maxLength": .integer(1024), "format": .string("password")],
    "slots": ["minimum": .integer(1), "maximum": .integer(64)],
  ]
}
