extension PromptTemplates {
  /// Words in the names of models that the table does not know, the more telling ones first.
  static let nameRules: [(word: String, template: String)] = [
    ("qwen3-omni", "qwen3_omni"), ("qwen3-vl", "qwen3_vl"), ("qwen3.5", "qwen3_5"), ("qwen3.6", "qwen3_6"),
    ("qwen3-4b-instruct", "qwen3_nothink"), ("qwen3", "qwen3"), ("qwen2.5-omni", "qwen2_omni"),
    ("qwen2.5-vl", "qwen2_vl"), ("qwen2-vl", "qwen2_vl"), ("qwen2-audio", "qwen2_audio"), ("qwen", "qwen"),
    ("qwq", "qwen"), ("deepseek-r1", "deepseekr1"), ("deepseek-v3", "deepseek3"),
    ("deepseek-v2.5", "deepseek3"), ("deepseek-coder-v2", "deepseek"), ("deepseek-coder", "deepseekcoder"),
    ("deepseek", "deepseek"), ("tinyllama", "zephyr"), ("mobilellm", "llama3"), ("llama-4", "llama4"),
    ("llama4", "llama4"), ("llama-3.2-11b-vision", "mllama"), ("llama-3", "llama3"), ("llama3", "llama3"),
    ("llama-2", "llama2"), ("llama2", "llama2"), ("vicuna", "vicuna"), ("zephyr", "zephyr"),
    ("ministral-3", "ministral3"), ("ministral", "ministral"), ("mistral-nemo", "ministral"),
    ("mistral-small", "mistral_small"), ("mixtral", "mistral"), ("mistral", "mistral"), ("gemma-4", "gemma4"),
    ("gemma-3n", "gemma3n"), ("gemma-3", "gemma3"), ("gemma-2", "gemma2"), ("gemma", "gemma"),
    ("phi-4-mini", "phi4_mini"), ("phi-4", "phi4"), ("phi-3-small", "phi_small"), ("phi-3", "phi"),
    ("glm-4.1v", "glm4v"), ("glm-4.5v", "glm4_5v"), ("glm-4.5", "glm4_moe"), ("glm-4.6", "glm4_moe"),
    ("glm-4.7", "glm4_7"), ("glm-z1", "glmz1"), ("glm-4", "glm4"), ("codegeex4", "glm4"),
    ("chatglm3", "chatglm3"), ("internlm2", "intern2"), ("internlm3", "intern2"), ("internvl", "intern_vl"),
    ("granite-4", "granite4"), ("granite-3", "granite3"), ("falcon-h1", "falcon_h1"), ("falcon", "falcon"),
    ("minicpm4", "cpm4"), ("smollm2", "smollm2"), ("smollm", "smollm"), ("gpt-oss", "gpt_oss"),
    ("seed-oss", "seed_oss"), ("seed-coder", "seed_coder"), ("ernie-4.5", "ernie_nothink"),
    ("hunyuan", "hunyuan"), ("exaone", "exaone"), ("command-r", "cohere"), ("aya-", "cohere"),
    ("openchat", "openchat"), ("opencoder", "opencoder"), ("olmo", "olmo"), ("yi-", "yi"),
    ("lfm2.5-vl", "lfm2_vl"), ("lfm2", "lfm2"), ("mimo", "mimo"), ("moonlight", "moonlight"),
  ]

  /// `model_type` of `config.json`, for models whose name says nothing.
  static let typeRules: [String: String] = [
    "qwen2": "qwen", "qwen2_moe": "qwen", "qwen3": "qwen3", "qwen3_moe": "qwen3", "qwen3_next": "qwen3",
    "qwen2_vl": "qwen2_vl", "qwen2_5_vl": "qwen2_vl", "qwen3_vl": "qwen3_vl", "qwen3_vl_moe": "qwen3_vl",
    "qwen3_5": "qwen3_5", "qwen3_5_moe": "qwen3_5", "qwen2_audio": "qwen2_audio",
    "qwen2_5_omni": "qwen2_omni", "llama4": "llama4", "llama4_text": "llama4", "mllama": "mllama",
    "mistral": "mistral", "mixtral": "mistral", "mistral3": "mistral_small", "ministral": "ministral",
    "ministral3": "ministral3", "gemma": "gemma", "gemma2": "gemma2", "gemma3": "gemma3",
    "gemma3_text": "gemma3", "gemma3n": "gemma3n", "gemma3n_text": "gemma3n", "gemma4": "gemma4",
    "phi3": "phi", "phi3small": "phi_small", "phimoe": "phi", "glm": "glm4", "glm4": "glm4",
    "chatglm": "glm4", "glm4_moe": "glm4_moe", "glm4v": "glm4v", "internlm2": "intern2",
    "internlm3": "intern2", "internvl": "intern_vl", "deepseek": "deepseek", "deepseek_v2": "deepseek",
    "deepseek_v3": "deepseek3", "granite": "granite3", "granitemoe": "granite3",
    "granitemoehybrid": "granite4", "falcon": "falcon", "falcon_h1": "falcon_h1", "cohere": "cohere",
    "cohere2": "cohere", "minicpm": "cpm4", "smollm3": "smollm2", "gpt_oss": "gpt_oss",
    "seed_oss": "seed_oss", "ernie4_5": "ernie_nothink", "ernie4_5_moe": "ernie_nothink",
    "hunyuan_v1_dense": "hunyuan_small", "hunyuan_v1_moe": "hunyuan", "exaone": "exaone", "olmo": "olmo",
    "olmo2": "olmo", "lfm2": "lfm2", "dbrx": "dbrx", "mimo": "mimo", "llava": "llava",
    "paligemma": "paligemma", "pixtral": "pixtral", "qwen3_omni_moe": "qwen3_omni",
  ]
}
