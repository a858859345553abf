/// The help of `luthier openapi`; the document itself is printed elsewhere.
enum OpenAPICommand {
  static let command = Command(
    "openapi", "Print the API's document (OpenAPI 3.1), without a server",
    notes: "It is what the server has at /openapi.json.",
    examples: [.init("luthier openapi > openapi.json", "Make a client from it.")]
  ) { _ in
    throw UsageError("luthier openapi takes no arguments.", hint: "It prints to standard output.")
  }
}
