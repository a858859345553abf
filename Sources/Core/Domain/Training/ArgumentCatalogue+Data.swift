// Made by scripts/extract-arguments.py from LLaMA-Factory 0.9.5; do not edit.

extension ArgumentCatalogue {
  static let dataTable = #"""
    template string? null
      Which template to use for constructing prompts in training and inference.
    dataset string? null
      The name of dataset(s) to use for training
    eval_dataset string? null
      The name of dataset(s) to use for evaluation
    dataset_dir string "data"
      Path to the folder containing the datasets.
    media_dir string? null
      Path to the folder containing the images, videos or audios
    cutoff_len int 2048
      The cutoff length of the tokenized inputs in the dataset.
    train_on_prompt bool false
      Whether or not to disable the mask on the prompt.
    mask_history bool false
      Whether or not to mask the history and train on the last turn only.
    streaming bool false
      Enable dataset streaming.
    buffer_size int 16384
      Size of the buffer to randomly sample examples from in dataset streaming.
    mix_strategy string "concat"
      = concat interleave_under interleave_over interleave_once
      Strategy to use in dataset mixing (concat/interleave) (undersampling/oversampling/sampling w.o
    interleave_probs string? null
      Probabilities to sample data from datasets
    overwrite_cache bool false
      Overwrite the cached training and evaluation sets.
    preprocessing_batch_size int 1000
      The number of examples in one group in pre-processing.
    preprocessing_num_workers int? null
      The number of processes to use for the pre-processing.
    max_samples int? null
      For debugging purposes, truncate the number of examples for each dataset.
    eval_num_beams int? null
      Number of beams to use for evaluation
    ignore_pad_token_for_loss bool true
      Whether or not to ignore the tokens corresponding to the pad label in loss computation.
    val_size float 0.0
      Size of the validation set, should be an integer or a float in range `[0,1)`.
    eval_on_each_dataset bool false
      Whether or not to evaluate on each dataset separately.
    packing bool? null
      Enable sequences packing in training
    neat_packing bool false
      Enable sequence packing without cross-attention.
    tool_format string? null
      Tool format to use for constructing function calling examples.
    default_system string? null
      Override the default system message in the template.
    enable_thinking bool? true
      Whether or not to enable thinking mode for reasoning models.
    preserve_thinking bool false
      Whether or not to preserve thinking content in historical turns for reasoning models.
    tokenized_path string? null
      Path to save or load the tokenized datasets
    data_shared_file_system bool false
      Whether or not to use a shared file system for the datasets.
    """#
}
