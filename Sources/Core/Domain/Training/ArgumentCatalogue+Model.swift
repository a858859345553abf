// Made by scripts/extract-arguments.py from LLaMA-Factory 0.9.5; do not edit.

extension ArgumentCatalogue {
  static let modelTable = #"""
    model_name_or_path string? null
      Path to the model weight or identifier from huggingface.co/models or modelscope.cn/models.
    adapter_name_or_path string? null
      Path to the adapter weight or identifier from huggingface.co/models
    adapter_folder string? null
      The folder containing the adapter weights to load.
    cache_dir string? null
      Where to store the pre-trained models downloaded from huggingface.co or modelscope.cn.
    use_fast_tokenizer bool true
      Whether or not to use one of the fast tokenizer (backed by the tokenizers library).
    resize_vocab bool false
      Whether or not to resize the tokenizer vocab and the embedding layers.
    split_special_tokens bool false
      Whether or not the special tokens should be split during the tokenization process.
    add_tokens string? null
      Non-special tokens to be added into the tokenizer
    add_special_tokens string? null
      Special tokens to be added into the tokenizer
    new_special_tokens_config string? null
      Path to YAML config with special token descriptions for semantic initialization
    init_special_tokens string "noise_init"
      = noise_init desc_init desc_init_w_noise
      Initialization method for new special tokens: 'noise_init' (default, random noise around mean), …
    model_revision string "main"
      The specific model version to use (can be a branch name, tag name or commit id).
    low_cpu_mem_usage bool true
      Whether or not to use memory-efficient model loading.
    rope_scaling string? null
      = linear dynamic yarn llama3
      Which scaling strategy should be adopted for the RoPE embeddings.
    flash_attn string "auto"
      = auto disabled sdpa fa2 fa3
      Enable FlashAttention for faster training and inference.
    shift_attn bool false
      Enable shift short attention (S^2-Attn) proposed by LongLoRA.
    mixture_of_depths string? null
      = convert load
      Convert the model to mixture-of-depths (MoD) or load the MoD model.
    use_unsloth bool false
      Whether or not to use unsloth's optimization for the LoRA training.
    use_unsloth_gc bool false
      Whether or not to use unsloth's gradient checkpointing (no need to install unsloth).
    enable_liger_kernel bool false
      Whether or not to enable liger kernel for faster training.
    moe_aux_loss_coef float? null
      Coefficient of the auxiliary router loss in mixture-of-experts model.
    disable_gradient_checkpointing bool false
      Whether or not to disable gradient checkpointing.
    use_reentrant_gc bool true
      Whether or not to use reentrant gradient checkpointing.
    upcast_layernorm bool false
      Whether or not to upcast the layernorm weights in fp32.
    upcast_lmhead_output bool false
      Whether or not to upcast the output of lm_head in fp32.
    train_from_scratch bool false
      Whether or not to randomly initialize the model weights.
    infer_backend string "huggingface"
      = huggingface vllm sglang
      Backend engine used at inference.
    offload_folder string "offload"
      Path to offload model weights.
    use_kv_cache bool true
      Whether or not to use KV cache in generation.
    use_v1_kernels bool? false
      Whether or not to use high-performance kernels in training.
    infer_dtype string "auto"
      = auto float16 bfloat16 float32
      Data type for model weights and activations at inference.
    hf_hub_token string? null
      Auth token to log in with Hugging Face Hub.
    ms_hub_token string? null
      Auth token to log in with ModelScope Hub.
    om_hub_token string? null
      Auth token to log in with Modelers Hub.
    print_param_status bool false
      For debugging purposes, print the status of the parameters in the model.
    trust_remote_code bool false
      Whether to trust the execution of code from datasets/models defined on the Hub or not.
    quantization_method string "bnb"
      = bnb gptq awq aqlm quanto eetq hqq mxfp4 fp8
      Quantization method to use for on-the-fly quantization.
    quantization_bit int? null
      The number of bits to quantize the model using on-the-fly quantization.
    quantization_type string "nf4"
      = fp4 nf4
      Quantization data type to use in bitsandbytes int4 training.
    double_quantization bool true
      Whether or not to use double quantization in bitsandbytes int4 training.
    quantization_device_map string? null
      = auto
      Device map used to infer the 4-bit quantized model, needs bitsandbytes>=0.43.0.
    image_max_pixels int 589824
      The maximum number of pixels of image inputs.
    image_min_pixels int 1024
      The minimum number of pixels of image inputs.
    image_do_pan_and_scan bool false
      Use pan and scan to process image for gemma3.
    crop_to_patches bool false
      Whether to crop the image to patches for internvl.
    video_max_pixels int 65536
      The maximum number of pixels of video inputs.
    video_min_pixels int 256
      The minimum number of pixels of video inputs.
    video_fps float 2.0
      The frames to sample per second for video inputs.
    video_maxlen int 128
      The maximum number of sampled frames for video inputs.
    use_audio_in_video bool false
      Whether or not to use audio in video inputs.
    audio_sampling_rate int 16000
      The sampling rate of audio inputs.
    export_dir string? null
      Path to the directory to save the exported model.
    export_size int 5
      The file shard size (in GB) of the exported model.
    export_device string "cpu"
      = cpu auto
      The device used in model export, use `auto` to accelerate exporting.
    export_quantization_bit int? null
      The number of bits to quantize the exported model.
    export_quantization_dataset string? null
      Path to the dataset or dataset name to use in quantizing the exported model.
    export_quantization_nsamples int 128
      The number of samples used for quantization.
    export_quantization_maxlen int 1024
      The maximum length of the model inputs used for quantization.
    export_legacy_format bool false
      Whether or not to save the `.bin` files instead of `.safetensors`.
    export_hub_model_id string? null
      The name of the repository if push the model to the Hugging Face hub.
    use_kt bool false
      Whether to use KTransformers AMX MoE backend for SFT training.
    kt_weight_path string? null
      Path to pre-quantized INT8 expert weights (.kt files).
    kt_expert_checkpoint_path string? null
      Path to expert checkpoint (safetensors) for online conversion.
    kt_use_lora_experts bool? null
      Whether to use GPU-side LoRA Experts.
    kt_lora_expert_num int? null
      Number of GPU-side LoRA Experts.
    kt_lora_expert_intermediate_size int? null
      Intermediate size for GPU-side LoRA Experts.
    vllm_maxlen int 4096
      Maximum sequence (prompt + response) length of the vLLM engine.
    vllm_gpu_util float 0.7
      The fraction of GPU memory in (0,1) to be used for the vLLM engine.
    vllm_enforce_eager bool false
      Whether or not to disable CUDA graph in the vLLM engine.
    vllm_max_lora_rank int 32
      Maximum rank of all LoRAs in the vLLM engine.
    vllm_config object? null
      Config to initialize the vllm engine
    sglang_maxlen int 4096
      Maximum sequence (prompt + response) length of the SGLang engine.
    sglang_mem_fraction float 0.7
      The memory fraction (0-1) to be used for the SGLang engine.
    sglang_tp_size int -1
      Tensor parallel size for the SGLang engine.
    sglang_config object? null
      Config to initialize the SGLang engine
    sglang_lora_backend string "triton"
      = triton flashinfer
      The backend of running GEMM kernels for Lora modules
    """#
}
