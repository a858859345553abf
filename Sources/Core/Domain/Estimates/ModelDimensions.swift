/// How large a language model is, as far as memory goes.
package struct ModelDimensions: Sendable, Equatable {
  package var layers: Int
  /// Numbers that a token is in between layers.
  package var hidden: Int
  /// Numbers within the feed-forward part of a layer; of a mixture of experts, those that one token passes.
  package var intermediate: Int
  package var vocabulary: Int
  package var heads: Int
  /// Heads that keys and values have.
  package var keyHeads: Int
  package var headSize: Int
  /// One table of words is used at both ends.
  package var tiesEmbeddings: Bool
  /// All weights, also of experts that a token does not pass.
  package var parameters: Int64

  package init(
    layers: Int, hidden: Int, intermediate: Int, vocabulary: Int, heads: Int, keyHeads: Int? = nil,
    headSize: Int? = nil, tiesEmbeddings: Bool = false, parameters: Int64? = nil
  ) {
    self.layers = layers
    self.hidden = hidden
    self.intermediate = intermediate
    self.vocabulary = vocabulary
    self.heads = heads
    self.keyHeads = keyHeads ?? heads
    self.headSize = headSize ?? hidden / max(heads, 1)
    self.tiesEmbeddings = tiesEmbeddings
    self.parameters = 0
    self.parameters = parameters ?? counted
  }

  /// Rows and columns of the matrices of a layer that LoRA goes beside with `lora_target: all`.
  var matrices: [(rows: Int, columns: Int)] {
    let (queries, keys) = (heads * headSize, keyHeads * headSize)
    return [
      (hidden, queries), (hidden, keys), (hidden, keys), (queries, hidden), (hidden, intermediate),
      (hidden, intermediate), (intermediate, hidden),
    ]
  }

  var embeddings: Int64 { Int64(vocabulary) * Int64(hidden) * (tiesEmbeddings ? 1 : 2) }

  /// Weights of one layer that a token passes.
  var layer: Int64 { matrices.reduce(0) { $0 + Int64($1.rows) * Int64($1.columns) } + 2 * Int64(hidden) }

  private var counted: Int64 { embeddings + Int64(layers) * layer + Int64(hidden) }
}

/// What of a model's `config.json` tells its size.
extension ModelDimensions: Decodable {
  private enum Key: String, CodingKey {
    case layers = "num_hidden_layers", hidden = "hidden_size", intermediate = "intermediate_size"
    case vocabulary = "vocab_size", heads = "num_attention_heads", keyHeads = "num_key_value_heads"
    case headSize = "head_dim", tied = "tie_word_embeddings", text = "text_config"
    case expertWidth = "moe_intermediate_size", experts = "num_experts", localExperts = "num_local_experts"
    case expertsPerToken = "num_experts_per_tok"
  }

  /// Throws `DecodingError` where the file does not tell, or tells what no model has.
  package init(from decoder: any Decoder) throws {
    let whole = try decoder.container(keyedBy: Key.self)
    // A model that sees has its language part within.
    let part = try? whole.nestedContainer(keyedBy: Key.self, forKey: .text)
    let text = part?.contains(.layers) == true ? part ?? whole : whole
    func number(_ key: Key, most: Int) throws -> Int {
      let value = try text.decode(Int.self, forKey: key)
      guard (1...most).contains(value) else {
        throw DecodingError.dataCorruptedError(forKey: key, in: text, debugDescription: "out of range")
      }
      return value
    }
    func optional(_ key: Key, most: Int) -> Int? { try? number(key, most: most) }
    let width = try number(.intermediate, most: 1 << 20)
    let experts = optional(.experts, most: 4096) ?? optional(.localExperts, most: 4096)
    let each = optional(.expertWidth, most: 1 << 20) ?? width
    let passed = experts.map { min(optional(.expertsPerToken, most: 4096) ?? 2, $0) }
    let tied = try? text.decode(Bool.self, forKey: .tied)
    self.init(
      layers: try number(.layers, most: 1000), hidden: try number(.hidden, most: 1 << 18),
      intermediate: passed.map { each * $0 } ?? width, vocabulary: try number(.vocabulary, most: 1 << 24),
      heads: try number(.heads, most: 4096), keyHeads: optional(.keyHeads, most: 4096),
      headSize: optional(.headSize, most: 4096),
      tiesEmbeddings: tied ?? (try? whole.decode(Bool.self, forKey: .tied)) ?? false)
    if let experts, let passed {
      parameters += Int64(layers) * 3 * Int64(hidden) * Int64(each) * Int64(experts - passed)
    }
  }
}
