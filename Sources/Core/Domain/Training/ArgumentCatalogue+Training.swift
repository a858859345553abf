// Made by scripts/extract-arguments.py from LLaMA-Factory 0.9.5; do not edit.

extension ArgumentCatalogue {
  static let trainingTable = #"""
    output_dir string? null
      The output directory where the model predictions and checkpoints will be written.
    per_device_train_batch_size int 8
      The batch size per device for training.
    num_train_epochs float 3.0
      Total number of training epochs to perform.
    max_steps int -1
      Overrides `num_train_epochs`
    learning_rate float 5e-05
      The initial learning rate for the optimizer.
    lr_scheduler_type string "linear"
      = linear cosine cosine_with_restarts polynomial constant constant_with_warmup inverse_sqrt
      = reduce_lr_on_plateau cosine_with_min_lr cosine_warmup_with_min_lr warmup_stable_decay greedy
      The learning rate scheduler type to use
    lr_scheduler_kwargs object? null
      The extra arguments for the lr_scheduler
    warmup_steps float 0
      Number of steps for a linear warmup from 0 to `learning_rate`
    optim string "adamw_torch_fused"
      = adamw_torch adamw_torch_fused adamw_torch_xla adamw_torch_npu_fused adamw_apex_fused adafactor
      = adamw_anyprecision adamw_torch_4bit adamw_torch_8bit ademamix sgd adagrad adamw_bnb_8bit
      = adamw_8bit ademamix_8bit lion_8bit lion_32bit paged_adamw_32bit paged_adamw_8bit
      = paged_ademamix_32bit paged_ademamix_8bit paged_lion_32bit paged_lion_8bit rmsprop rmsprop_bnb
      = rmsprop_bnb_8bit rmsprop_bnb_32bit galore_adamw galore_adamw_8bit galore_adafactor
      = galore_adamw_layerwise galore_adamw_8bit_layerwise galore_adafactor_layerwise lomo adalomo
      = grokadamw schedule_free_radam schedule_free_adamw schedule_free_sgd apollo_adamw
      = apollo_adamw_layerwise stable_adamw
      The optimizer to use
    optim_args string? null
      Optional arguments supplied to optimizers such as AnyPrecisionAdamW, AdEMAMix, and GaLore.
    weight_decay float 0.0
      Weight decay coefficient applied by the optimizer
    adam_beta1 float 0.9
      The exponential decay rate for the first moment estimates (momentum) in Adam-based optimizers.
    adam_beta2 float 0.999
      The exponential decay rate for the second moment estimates (variance) in Adam-based optimizers.
    adam_epsilon float 1e-08
      Epsilon value for numerical stability in Adam-based optimizers.
    optim_target_modules list/string? null
      The target modules to optimize
    gradient_accumulation_steps int 1
      Number of update steps to accumulate gradients before performing a backward/update pass
    average_tokens_across_devices bool true
      Whether or not to average tokens across devices
    max_grad_norm float 1.0
      Maximum gradient norm for gradient clipping
    label_smoothing_factor float 0.0
      Label smoothing factor to prevent overconfidence
    bf16 bool false
      Enable bfloat16 (BF16) mixed precision training
    fp16 bool false
      Enable float16 (FP16) mixed precision training
    bf16_full_eval bool false
      Use full BF16 precision for evaluation (not just mixed precision)
    fp16_full_eval bool false
      Use full FP16 precision for evaluation (not just mixed precision)
    tf32 bool? null
      Enable TF32 mode on Ampere and newer GPUs
    gradient_checkpointing bool false
      Enable gradient checkpointing to trade compute for memory
    gradient_checkpointing_kwargs object? null
      Keyword arguments passed to `gradient_checkpointing_enable()`.
    torch_compile bool false
      Compile the model using `torch.compile()` for faster training.
    torch_compile_backend string? null
      Backend for `torch.compile()`
    torch_compile_mode string? null
      Compilation mode for `torch.compile()`
    use_liger_kernel bool false
      Enable Liger Kernel optimizations
    liger_kernel_config object? null
      Configuration for Liger Kernel
    use_cache bool false
      Whether or not to use cache for the model For training, this is usually not needed apart from some …
    neftune_noise_alpha float? null
      If not None, activates NEFTune noise embeddings
    torch_empty_cache_steps int? null
      Number of steps to wait before calling `torch.<device>.empty_cache()`
    auto_find_batch_size bool false
      Whether to find a batch size that will fit into memory automatically through exponential decay, …
    logging_strategy string "steps"
      = no steps epoch
      The logging strategy to adopt during training
    logging_steps float 500
      Log every X updates steps
    logging_first_step bool false
      Whether to log the first `global_step` or not.
    log_on_each_node bool true
      When doing a multinode distributed training, whether to log once per node or just once on the main …
    logging_nan_inf_filter bool true
      Filter out NaN and Inf losses when logging
    include_num_input_tokens_seen bool/string "no"
      Whether to track the number of input tokens seen
    log_level string "passive"
      = detail debug info warning error critical passive
      Logging level for the main process
    log_level_replica string "warning"
      = detail debug info warning error critical passive
      Logging level for replica processes in distributed training
    disable_tqdm bool? null
      Disable tqdm progress bars
    report_to list/string? "none"
      The list of integrations to report the results and logs to
    run_name string? null
      An optional descriptor for the run
    project string "huggingface"
      The name of the project to use for logging
    trackio_space_id string? null
      Hugging Face Space id for live Gradio-based Trackio logging (read/write Bucket access)
    trackio_bucket_id string? null
      Optional HF Bucket id when using a Trackio Space; if unset, Trackio picks a default.
    trackio_static_space_id bool/string? null
      Static read-only Trackio Space over the Bucket (stable model-card links)
    eval_strategy string "no"
      = no steps epoch
      When to run evaluation
    eval_steps float? null
      Number of update steps between evaluations if `eval_strategy='steps'`
    eval_delay float 0
      Number of epochs or steps to wait for before the first evaluation can be performed, depending on the …
    per_device_eval_batch_size int 8
      The batch size per device (GPU/TPU core/CPU) for evaluation.
    prediction_loss_only bool false
      When performing evaluation and generating predictions, only returns the loss.
    eval_on_start bool false
      Whether to run through the entire `evaluation` step at the very beginning of training as a sanity …
    eval_do_concat_batches bool true
      Whether to recursively concat inputs/losses/labels/predictions across batches
    eval_use_gather_object bool false
      Whether to run recursively gather object in a nested list/tuple/dictionary of objects from all …
    eval_accumulation_steps int? null
      Number of predictions steps to accumulate the output tensors for, before moving the results to the …
    include_for_metrics list []
      Include additional data in the `compute_metrics` function
    batch_eval_metrics bool false
      Break eval metrics calculation into batches to save memory.
    save_only_model bool false
      Save only model weights, not optimizer/scheduler/RNG state
    save_strategy string "steps"
      = no steps epoch best
      The checkpoint save strategy to adopt during training
    save_steps float 500
      Save checkpoint every X updates steps
    save_on_each_node bool false
      When doing multi-node distributed training, whether to save models and checkpoints on each node, or …
    save_total_limit int? null
      Maximum number of checkpoints to keep
    enable_jit_checkpoint bool false
      Enable JIT checkpointing on SIGTERM signal for graceful termination on preemptible workloads
    push_to_hub bool false
      Whether or not to push the model to the Hub every time the model is saved.
    hub_token string? null
      The token to use to push the model to the Hub
    hub_private_repo bool? null
      Whether to make the repo private
    hub_model_id string? null
      The name of the repository to keep in sync with the local `output_dir`.
    hub_strategy string "every_save"
      = end every_save checkpoint all_checkpoints
      Defines what and when to push to Hub
    hub_always_push bool false
      Unless `True`, the Trainer will skip pushes if the previous one wasn't finished yet.
    hub_revision string? null
      The revision to use when pushing to the Hub
    load_best_model_at_end bool false
      Load the best checkpoint at the end of training
    metric_for_best_model string? null
      Metric to use for comparing models when `load_best_model_at_end=True`
    greater_is_better bool? null
      Whether higher metric values are better
    ignore_data_skip bool false
      When resuming training, skip fast-forwarding through the dataset to reach the previous state
    restore_callback_states_from_checkpoint bool false
      Whether to restore the callback states from the checkpoint
    full_determinism bool false
      Whether to call enable_full_determinism instead of set_seed for reproducibility in distributed …
    seed int 42
      Random seed that will be set at the beginning of training.
    data_seed int? null
      Random seed to be used with data samplers
    use_cpu bool false
      Whether or not to use cpu
    accelerator_config object? null
      Configuration for the internal Accelerate integration
    parallelism_config object? null
      Parallelism configuration for the training run
    dataloader_drop_last bool false
      Drop the last incomplete batch if it is not divisible by the batch size.
    dataloader_num_workers int 0
      Number of subprocesses to use for data loading (PyTorch only)
    dataloader_pin_memory bool true
      Whether or not to pin memory for DataLoader.
    dataloader_persistent_workers bool false
      If True, the data loader will not shut down the worker processes after a dataset has been consumed …
    dataloader_prefetch_factor int? null
      Number of batches loaded in advance by each worker
    remove_unused_columns bool true
      Whether or not to automatically remove the columns unused by the model forward method.
    label_names list? null
      The list of keys in your dictionary of inputs that correspond to the labels.
    train_sampling_strategy string "random"
      = random sequential group_by_length
      Sampler for training: 'random' (default), 'sequential', or 'group_by_length'.
    length_column_name string "length"
      Column name for precomputed lengths
    ddp_find_unused_parameters bool? null
      When using distributed training, the value of the flag `find_unused_parameters` passed to …
    ddp_bucket_cap_mb int? null
      When using distributed training, the value of the flag `bucket_cap_mb` passed to …
    ddp_broadcast_buffers bool? null
      When using distributed training, the value of the flag `broadcast_buffers` passed to …
    ddp_static_graph bool? null
      When using distributed training, the value of the flag `static_graph` passed to …
    ddp_backend string? null
      = nccl gloo mpi xccl hccl cncl mccl
      The backend to use for distributed training
    ddp_timeout int 1800
      The timeout for `torch.distributed.init_process_group` calls (in seconds).
    fsdp list/string? null
      Enable PyTorch FSDP for distributed training
    fsdp_config object? null
      Config to be used with FSDP (Pytorch Fully Sharded Data Parallel)
    deepspeed object? null
      Enable DeepSpeed integration
    debug list/string ""
      Enable one or more debug features
    skip_memory_metrics bool true
      Whether to skip adding memory profiler reports to metrics
    do_train bool false
      Whether to run training
    do_eval bool false
      Whether to run evaluation
    do_predict bool false
      Whether to run predictions on the test set
    resume_from_checkpoint string? null
      Path to a folder with a valid checkpoint for your model
    warmup_ratio float? null
      This argument is deprecated and will be removed in v5.2. Use `warmup_steps` instead as it also works …
    logging_dir string? null
      Deprecated and will be removed in v5.2. Set env var `TENSORBOARD_LOGGING_DIR` instead
    local_rank int -1
      When using torch.distributed.launch (Deprecated), it will pass `local_rank` in the script, so we …
    sortish_sampler bool false
      Whether to use SortishSampler or not.
    predict_with_generate bool false
      Whether to use generate to calculate generative metrics (ROUGE, BLEU).
    generation_max_length int? null
      The `max_length` to use on each evaluation loop when `predict_with_generate=True`
    generation_num_beams int? null
      The `num_beams` to use on each evaluation loop when `predict_with_generate=True`
    generation_config object? null
      Model id, file path or url pointing to a GenerationConfig json file, to use during prediction.
    ray_num_workers int 1
      The number of workers for Ray training
    ray_init_kwargs object? null
      The arguments to pass to ray.init for Ray training
    master_addr string? null
      The master address for init_process_group
    master_port string? null
      The master port for init_process_group
    fp8 bool false
      Enable FP8 mixed precision training via HuggingFace Accelerate
    fp8_backend string "auto"
      FP8 backend to use ('auto', 'torchao', 'te', 'msamp')
    fp8_enable_fsdp_float8_all_gather bool false
      Enable FP8 optimizations for FSDP2 all-gather operations.
    enable_torch_profiler bool false
      Whether to enable torch profiler for collecting performance traces.
    profiler_output_dir string? null
      Directory to write profiler traces
    profiler_wait_steps int 1
      Number of steps to skip at the start of each profiling cycle.
    profiler_warmup_steps int 1
      Number of profiler warm-up steps per cycle.
    profiler_active_steps int 1
      Number of steps to actively record per cycle.
    profiler_repeat int 1
      Number of profiling cycles
    profiler_record_shapes bool true
      Whether to record tensor shapes during profiling.
    profiler_profile_memory bool true
      Whether to profile memory usage.
    profiler_with_stack bool true
      Whether to record stack traces during profiling.
    profile_modules string? null
      Comma-separated list of module name patterns to profile with CUDA events
    overwrite_output_dir bool false
      deprecated
    """#
}
