/// What a model server's log tells of its load.
package enum LoadLog {
  /// The phase that the end of a log is in; nil where it says nothing of it.
  package static func phase(_ tail: String) -> ModelLoad.Phase? {
    if contains(tail, ["Uvicorn running on", "Application startup complete", "Visit http://localhost"]) {
      return .preparing
    }
    if contains(
      tail,
      ["Capturing CUDA graph", "torch.compile", "Merged 1 adapter", "all params:", "Loading weights took"])
    {
      return .preparing
    }
    if contains(
      tail,
      [
        "Loading weights", "Loading checkpoint shards", "loading weights file",
        "safetensors checkpoint shards", "Starting to load model",
      ])
    {
      return .weights
    }
    return nil
  }

  /// Whether it ended because something else had its port.
  package static func tellsOfTakenPort(_ tail: String) -> Bool {
    contains(tail, ["address already in use", "Address already in use"])
  }

  private static func contains(_ text: String, _ words: [String]) -> Bool {
    words.contains { text.contains($0) }
  }
}
