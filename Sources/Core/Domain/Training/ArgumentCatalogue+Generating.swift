// Made by scripts/extract-arguments.py from LLaMA-Factory 0.9.5; do not edit.

extension ArgumentCatalogue {
  static let generatingTable = #"""
    do_sample bool true
      Whether or not to use sampling, use greedy decoding otherwise.
    temperature float 0.95
      The value used to modulate the next token probabilities.
    top_p float 0.7
      The smallest set of most probable tokens with probabilities that add up to top_p or higher are kept.
    top_k int 50
      The number of highest probability vocabulary tokens to keep for top-k filtering.
    num_beams int 1
      Number of beams for beam search
    max_length int 1024
      The maximum length the generated tokens can have
    max_new_tokens int 1024
      The maximum numbers of tokens to generate, ignoring the number of tokens in the prompt.
    repetition_penalty float 1.0
      The parameter for repetition penalty
    length_penalty float 1.0
      Exponential penalty to the length that is used with beam-based generation.
    skip_special_tokens bool true
      Whether or not to remove special tokens in the decoding.
    """#
}
