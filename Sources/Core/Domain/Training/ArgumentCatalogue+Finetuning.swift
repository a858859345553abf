// Made by scripts/extract-arguments.py from LLaMA-Factory 0.9.5; do not edit.

extension ArgumentCatalogue {
  static let finetuningTable = #"""
    freeze_trainable_layers int 2
      The number of trainable layers for freeze (partial-parameter) fine-tuning
    freeze_trainable_modules string "all"
      Name(s) of trainable modules for freeze (partial-parameter) fine-tuning
    freeze_extra_modules string? null
      Name(s) of modules apart from hidden layers to be set as trainable for freeze (partial-parameter) …
    additional_target string? null
      Name(s) of modules apart from LoRA layers to be set as trainable and saved in the final checkpoint
    module_dropout float 0.0
      Dropout rate for the OFT fine-tuning.
    oft_rank int 0
      The intrinsic dimension for OFT fine-tuning.
    oft_block_size int 32
      The intrinsic dimension for OFT fine-tuning.
    oft_target string "all"
      Name(s) of target modules to apply OFT. Use commas to separate multiple modules
    create_new_adapter bool false
      Whether or not to create a new adapter with randomly initialized weight.
    lora_alpha int? null
      The scale factor for LoRA fine-tuning (default: lora_rank * 2).
    lora_dropout float 0.0
      Dropout rate for the LoRA fine-tuning.
    lora_rank int 8
      The intrinsic dimension for LoRA fine-tuning.
    lora_target string "all"
      Name(s) of target modules to apply LoRA. Use commas to separate multiple modules
    loraplus_lr_ratio float? null
      LoRA plus learning rate ratio (lr_B / lr_A).
    loraplus_lr_embedding float 1e-06
      LoRA plus learning rate for lora embedding layers.
    use_rslora bool false
      Whether or not to use the rank stabilization scaling factor for LoRA layer.
    use_dora bool false
      Whether or not to use the weight-decomposed lora method (DoRA).
    pissa_init bool false
      Whether or not to initialize a PiSSA adapter.
    pissa_iter int 16
      The number of iteration steps performed by FSVD in PiSSA. Use -1 to disable it.
    pissa_convert bool false
      Whether or not to convert the PiSSA adapter to a normal LoRA adapter.
    pref_beta float 0.1
      The beta parameter in the preference loss.
    pref_ftx float 0.0
      The supervised fine-tuning loss coefficient in DPO training.
    pref_bco_weight float 0.0
      The Binary Classifier Optimization coefficient in DPO training.
    pref_loss string "sigmoid"
      = sigmoid hinge ipo kto_pair orpo simpo
      The type of DPO loss to use.
    dpo_label_smoothing float 0.0
      The robust DPO label smoothing parameter in cDPO that should be between 0 and 0.5.
    kto_chosen_weight float 1.0
      The weight factor of the desirable losses in KTO training.
    kto_rejected_weight float 1.0
      The weight factor of the undesirable losses in KTO training.
    simpo_gamma float 0.5
      The target reward margin term in SimPO loss.
    ppo_buffer_size int 1
      The number of mini-batches to make experience buffer in a PPO optimization step.
    ppo_epochs int 4
      The number of epochs to perform in a PPO optimization step.
    ppo_score_norm bool false
      Use score normalization in PPO training.
    ppo_target float 6.0
      Target KL value for adaptive KL control in PPO training.
    ppo_whiten_rewards bool false
      Whiten the rewards before compute advantages in PPO training.
    ref_model string? null
      Path to the reference model used for the PPO or DPO training.
    ref_model_adapters string? null
      Path to the adapters of the reference model.
    ref_model_quantization_bit int? null
      The number of bits to quantize the reference model.
    reward_model string? null
      Path to the reward model used for the PPO training.
    reward_model_adapters string? null
      Path to the adapters of the reward model.
    reward_model_quantization_bit int? null
      The number of bits to quantize the reward model.
    reward_model_type string "lora"
      = lora full api
      The type of the reward model in PPO training
    ld_alpha float? null
      Alpha parameter from the LD-DPO paper, which controls the weighting of the verbose token log- …
    use_galore bool false
      Whether or not to use the gradient low-Rank projection (GaLore).
    galore_target string "all"
      Name(s) of modules to apply GaLore
    galore_rank int 16
      The rank of GaLore gradients.
    galore_update_interval int 200
      Number of steps to update the GaLore projection.
    galore_scale float 2.0
      GaLore scaling coefficient.
    galore_proj_type string "std"
      = std reverse_std right left full
      Type of GaLore projection.
    galore_layerwise bool false
      Whether or not to enable layer-wise update to further save memory.
    use_apollo bool false
      Whether or not to use the APOLLO optimizer.
    apollo_target string "all"
      Name(s) of modules to apply APOLLO. Use commas to separate multiple modules
    apollo_rank int 16
      The rank of APOLLO gradients.
    apollo_update_interval int 200
      Number of steps to update the APOLLO projection.
    apollo_scale float 32.0
      APOLLO scaling coefficient.
    apollo_proj string "random"
      = svd random
      Type of APOLLO low-rank projection algorithm (svd or random).
    apollo_proj_type string "std"
      = std right left
      Type of APOLLO projection.
    apollo_scale_type string "channel"
      = channel tensor
      Type of APOLLO scaling (channel or tensor).
    apollo_layerwise bool false
      Whether or not to enable layer-wise update to further save memory.
    apollo_scale_front bool false
      Whether or not to use the norm-growth limiter in front of gradient scaling.
    use_badam bool false
      Whether or not to use the BAdam optimizer.
    badam_mode string "layer"
      = layer ratio
      Whether to use layer-wise or ratio-wise BAdam optimizer.
    badam_start_block int? null
      The starting block index for layer-wise BAdam.
    badam_switch_mode string? "ascending"
      = ascending descending random fixed
      the strategy of picking block to update for layer-wise BAdam.
    badam_switch_interval int? 50
      Number of steps to update the block for layer-wise BAdam
    badam_update_ratio float 0.05
      The ratio of the update for ratio-wise BAdam.
    badam_mask_mode string "adjacent"
      = adjacent scatter
      The mode of the mask for BAdam optimizer
    badam_verbose int 0
      The verbosity level of BAdam optimizer
    use_swanlab bool false
      Whether or not to use the SwanLab (an experiment tracking and visualization tool).
    swanlab_project string? "llamafactory"
      The project name in SwanLab.
    swanlab_workspace string? null
      The workspace name in SwanLab.
    swanlab_run_name string? null
      The experiment name in SwanLab.
    swanlab_mode string "cloud"
      = cloud local
      The mode of SwanLab.
    swanlab_api_key string? null
      The API key for SwanLab.
    swanlab_logdir string? null
      The log directory for SwanLab.
    swanlab_lark_webhook_url string? null
      The Lark(飞书) webhook URL for SwanLab.
    swanlab_lark_secret string? null
      The Lark(飞书) secret for SwanLab.
    pure_bf16 bool false
      Whether or not to train model in purely bf16 precision (without AMP).
    stage string "sft"
      = pt sft rm ppo dpo kto
      Which stage will be performed in training.
    finetuning_type string "lora"
      = lora oft freeze full
      Which fine-tuning method to use.
    use_llama_pro bool false
      Whether or not to make only the parameters in the expanded blocks trainable.
    use_adam_mini bool false
      Whether or not to use the Adam-mini optimizer.
    use_mca bool false
      Whether or not to use MCA (Megatron Core Adapter) training
    use_hyper_parallel bool false
      Whether or not to use HyperParallel distributed training backend (FSDP/TP)
    hyper_parallel_args string? null
      Path to a JSON file containing HyperParallel strategy arguments (e.g., tp_size, param_dtype)
    use_muon bool false
      Whether or not to use the Muon optimizer.
    use_dft_loss bool false
      Whether to use the DFT loss.
    use_asft_loss bool false
      Whether to use the ASFT loss.
    asft_alpha float 0.1
      The alpha parameter for ASFT loss to control the power of adaptive weight.
    use_eaft_loss bool false
      Whether to use the EAFT loss.
    eaft_alpha float 1.0
      The alpha parameter for EAFT loss to control the power of adaptive weight.
    freeze_vision_tower bool true
      Whether ot not to freeze the vision tower in MLLM training.
    freeze_multi_modal_projector bool true
      Whether or not to freeze the multi modal projector in MLLM training.
    freeze_language_model bool false
      Whether or not to freeze the language model in MLLM training.
    compute_accuracy bool false
      Whether or not to compute the token-level accuracy at evaluation.
    disable_shuffling bool false
      Whether or not to disable the shuffling of the training set.
    early_stopping_steps int? null
      Number of steps to stop training if the `metric_for_best_model` does not improve.
    plot_loss bool false
      Whether or not to save the training loss curves.
    include_effective_tokens_per_second bool false
      Whether or not to compute effective tokens per second.
    """#
}
