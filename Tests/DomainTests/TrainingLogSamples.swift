// Endings of real logs of LLaMA-Factory 0.9.5, shortened to the lines an error speaks in.

import Domain

struct LogSample: Sendable {
  let name: String
  let ending: EndEvidence.Ending
  let reason: EndReason
  let text: String
}

extension LogSample {
  static let real: [LogSample] = [
    LogSample(
      name: "sgnull", ending: .exited(1), reason: .badDataset,
      text: #"""
        Running tokenizer on dataset:   0%|          | 0/3 [00:00<?, ? examples/s]
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        RuntimeError: Expected a string, got None
        """#),
    LogSample(
      name: "nullout", ending: .exited(1), reason: .badDataset,
      text: #"""
        training example:
        Traceback (most recent call last):
          File "site-packages/llamafactory/data/loader.py", line 266, in _get_preprocessed_dataset
        StopIteration
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        RuntimeError: Cannot find valid samples, check `data/README.md` for the data format.
        """#),
    LogSample(
      name: "mixed", ending: .exited(1), reason: .badDataset,
      text: #"""
        Generating train split: 0 examples [00:00, ? examples/s]
        Traceback (most recent call last):
          File "site-packages/datasets/packaged_modules/json/json.py", line 137, in _generate_tables
        pyarrow.lib.ArrowInvalid: JSON parse error: Column() changed from object to array in row 0
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        pyarrow.lib.ArrowTypeError: ("Expected bytes, got a 'int' object", 'Conversion failed for column output with type object')
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        datasets.exceptions.DatasetGenerationError: An error occurred while generating the dataset
        """#),
    LogSample(
      name: "hist1", ending: .exited(1), reason: .badDataset,
      text: #"""
        Converting format of dataset:   0%|          | 0/3 [00:00<?, ? examples/s]
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
          File "site-packages/llamafactory/data/converter.py", line 420, in align_dataset
          File "site-packages/llamafactory/data/converter.py", line 89, in __call__
        ValueError: not enough values to unpack (expected 2, got 1)
        """#),
    LogSample(
      name: "broken", ending: .exited(1), reason: .badDataset,
      text: #"""
        Generating train split: 0 examples [00:00, ? examples/s]
        Traceback (most recent call last):
          File "site-packages/datasets/packaged_modules/json/json.py", line 160, in _generate_tables
        ValueError: Expected object or value
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        pyarrow.lib.ArrowInvalid: JSON parse error: Column() changed from object to array in row 0
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        datasets.exceptions.DatasetGenerationError: An error occurred while generating the dataset
        """#),
    LogSample(
      name: "nooutput", ending: .exited(1), reason: .badDataset,
      text: #"""
        Converting format of dataset:   0%|          | 0/3 [00:00<?, ? examples/s]
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
          File "site-packages/llamafactory/data/converter.py", line 420, in align_dataset
          File "site-packages/llamafactory/data/converter.py", line 117, in __call__
        KeyError: 'output'
        """#),
    LogSample(
      name: "num", ending: .exited(1), reason: .badDataset,
      text: #"""
        Converting format of dataset:   0%|          | 0/3 [00:00<?, ? examples/s]
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
          File "site-packages/llamafactory/data/converter.py", line 420, in align_dataset
          File "site-packages/llamafactory/data/converter.py", line 100, in __call__
        TypeError: sequence item 0: expected str instance, int found
        """#),
    LogSample(
      name: "empty", ending: .exited(1), reason: .badDataset,
      text: #"""
        Generating train split: 0 examples [00:00, ? examples/s]
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Instruction "train" corresponds to no data!
        """#),
    LogSample(
      name: "docx", ending: .exited(1), reason: .badDataset,
      text: #"""
        [INFO|2026-11-21 02:22:14] llamafactory.data.loader:144 >> Loading dataset file.docx...
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Allowed file types: arrow,csv,json,jsonl,parquet,txt.
        """#),
    LogSample(
      name: "nofile", ending: .exited(1), reason: .missingDataset,
      text: #"""
        [INFO|2026-11-21 02:22:19] llamafactory.data.loader:144 >> Loading dataset nofile.json...
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: File /work/data/nofile.json not found.
        """#),
    LogSample(
      name: "undefined", ending: .exited(1), reason: .missingDataset,
      text: #"""
        [INFO|tokenization_utils_base.py:1592] 2026-11-21 02:22:24,603 >> Offline mode: forcing local_files_only=True
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Undefined dataset nosuch in dataset_info.json.
        """#),
    LogSample(
      name: "stage_mismatch", ending: .exited(1), reason: .badDataset,
      text: #"""
        [INFO|tokenization_utils_base.py:1592] 2026-11-21 02:22:29,496 >> Offline mode: forcing local_files_only=True
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: The dataset is not applicable in the current training stage.
        """#),
    LogSample(
      name: "nomodel", ending: .exited(1), reason: .missingModel,
      text: #"""
        [INFO|hub.py:364] 2026-11-21 02:22:39,901 >> Offline mode: forcing local_files_only=True
        Traceback (most recent call last):
          File "site-packages/transformers/utils/hub.py", line 422, in cached_files
        huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/no/such/model'. Use `repo_type` argument if needed.
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/no/such/model'. Use `repo_type` argument if needed.
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/no/such/model'. Use `repo_type` argument if needed.
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/no/such/model'. Use `repo_type` argument if needed.
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: Failed to load tokenizer.
        """#),
    LogSample(
      name: "hub_offline", ending: .exited(1), reason: .hubOffline,
      text: #"""
        [INFO|hub.py:364] 2026-11-21 02:22:45,035 >> Offline mode: forcing local_files_only=True
        Traceback (most recent call last):
          File "site-packages/transformers/utils/hub.py", line 422, in cached_files
        huggingface_hub.errors.LocalEntryNotFoundError: Cannot find the requested files in the disk cache and outgoing traffic has been disabled. To enable hf.co look-ups and dow
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files.
        Check your internet connection or see how to run the library in offline mode at 'https://huggingface.co/docs/transformers/installation#offline-mode'.
        huggingface_hub.errors.LocalEntryNotFoundError: Cannot find the requested files in the disk cache and outgoing traffic has been disabled. To enable hf.co look-ups and dow
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files.
        Check your internet connection or see how to run the library in offline mode at 'https://huggingface.co/docs/transformers/installation#offline-mode'.
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: Failed to load tokenizer.
        """#),
    LogSample(
      name: "online", ending: .exited(1), reason: .hubOffline,
      text: #"""
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
          File "site-packages/transformers/utils/hub.py", line 422, in cached_files
        huggingface_hub.errors.LocalEntryNotFoundError: An error happened while trying to locate the file on the Hub and we cannot find the requested files in the local cache. Pl
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files.
        Check your internet connection or see how to run the library in offline mode at 'https://huggingface.co/docs/transformers/installation#offline-mode'.
        The above exception was the direct cause of the following exception:
        Traceback (most recent call last):
        OSError: Failed to load tokenizer.
        """#),
    LogSample(
      name: "truncated", ending: .exited(1), reason: .brokenModel,
      text: #"""
        }
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        safetensors._safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata, file not fully covered
        """#),
    LogSample(
      name: "noweights", ending: .exited(1), reason: .brokenModel,
      text: #"""
        [INFO|2026-11-21 02:22:55] llamafactory.model.model_utils.kv_cache:144 >> KV cache is disabled during training.
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        OSError: Error no file named model.safetensors, or pytorch_model.bin, found in directory /work/noweights.
        """#),
    LogSample(
      name: "emptymodel", ending: .exited(1), reason: .brokenModel,
      text: #"""
        [INFO|tokenization_utils_base.py:1592] 2026-11-21 02:23:01,218 >> Offline mode: forcing local_files_only=True
        Traceback (most recent call last):
          File "site-packages/llamafactory/model/loader.py", line 78, in load_tokenizer
        ValueError: Couldn't instantiate the backend tokenizer from one of: 
        (1) a `tokenizers` library serialization file, 
        (2) a slow tokenizer instance to convert or 
        (3) an equivalent slow tokenizer class to instantiate and convert. 
        You need to have sentencepiece or tiktoken installed to convert a slow tokenizer to a fast one.
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        ValueError: Couldn't instantiate the backend tokenizer from one of: 
        (1) a `tokenizers` library serialization file, 
        (2) a slow tokenizer instance to convert or 
        (3) an equivalent slow tokenizer class to instantiate and convert. 
        You need to have sentencepiece or tiktoken installed to convert a slow tokenizer to a fast one.
        """#),
    LogSample(
      name: "badtemplate", ending: .exited(1), reason: .badTemplate,
      text: #"""
        [INFO|tokenization_utils_base.py:1592] 2026-11-21 02:23:06,185 >> Offline mode: forcing local_files_only=True
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Template nosuch does not exist.
        """#),
    LogSample(
      name: "badtarget", ending: .exited(1), reason: .badArguments,
      text: #"""
        [INFO|2026-11-21 02:23:11] llamafactory.model.adapter:144 >> Fine-tuning method: LoRA
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Target modules {'foo'} not found in the base model. Please check the target modules and try again.
        """#),
    LogSample(
      name: "badadapter", ending: .exited(1), reason: .missingModel,
      text: #"""
        [INFO|2026-11-21 02:23:16] llamafactory.model.adapter:144 >> Fine-tuning method: LoRA
        Traceback (most recent call last):
          File "site-packages/peft/config.py", line 317, in _get_peft_type
        huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name' or 'namespace/repo_name': '/no/adapter'. Use `repo_type` argument if needed.
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        ValueError: Can't find 'adapter_config.json' at '/no/adapter'
        """#),
    LogSample(
      name: "bnb", ending: .exited(1), reason: .missingPackage,
      text: #"""
        [WARNING|logging.py:340] 2026-11-21 02:23:21,985 >> `torch_dtype` is deprecated! Use `dtype` instead!
        Traceback (most recent call last):
          File "lib/importlib/metadata/__init__.py", line 563, in from_name
        StopIteration
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        importlib.metadata.PackageNotFoundError: No package metadata was found for bitsandbytes
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        importlib.metadata.PackageNotFoundError: No package metadata was found for The 'bitsandbytes>=0.39.0' distribution was not found and is required by this application. 
        To fix: run `pip install bitsandbytes>=0.39.0`.
        """#),
    LogSample(
      name: "unknownarg", ending: .exited(1), reason: .badArguments,
      text: #"""
        Got unknown args, potentially deprecated arguments: ['--foo', '1']
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Some specified arguments are not used by the HfArgumentParser: ['--foo', '1']
        """#),
    LogSample(
      name: "badtype", ending: .exited(2), reason: .badArguments,
      text: #"""
                                [--length_penalty LENGTH_PENALTY]
        llamafactory-cli: error: argument --lora_rank/--lora-rank: invalid int value: 'abc'
        """#),
    LogSample(
      name: "jieba", ending: .exited(1), reason: .missingPackage,
      text: #"""
        Traceback (most recent call last):
          File "lib/importlib/metadata/__init__.py", line 563, in from_name
        StopIteration
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        importlib.metadata.PackageNotFoundError: No package metadata was found for jieba
        During handling of the above exception, another exception occurred:
        Traceback (most recent call last):
        importlib.metadata.PackageNotFoundError: No package metadata was found for The 'jieba' distribution was not found and is required by this application. 
        To fix: run `pip install jieba`.
        """#),
    LogSample(
      name: "bf16", ending: .exited(1), reason: .badArguments,
      text: #"""
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Your setup doesn't support bf16/gpu. You need to assign use_cpu if you want to train the model on CPU.
        """#),
    LogSample(
      name: "badresume", ending: .exited(1), reason: .missingCheckpoint,
      text: #"""
        [INFO|trainer.py:680] 2026-11-21 02:24:18,203 >> max_steps is given, it will override any value given in num_train_epochs
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Can't find a valid checkpoint at /no/checkpoint-1
        """#),
    LogSample(
      name: "notempty", ending: .exited(1), reason: .outputNotEmpty,
      text: #"""
        [WARNING|2026-11-21 02:24:24] llamafactory.hparams.parser:149 >> We recommend enable mixed precision training.
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Output directory already exists and is not empty. Please set `overwrite_output_dir`.
        """#),
    LogSample(
      name: "noeval", ending: .exited(1), reason: .badArguments,
      text: #"""
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        ValueError: Please make sure eval_dataset be provided or val_size >1e-6
        """#),
    LogSample(
      name: "torchrun", ending: .exited(1), reason: .missingDataset,
      text: #"""
        [INFO|tokenization_utils_base.py:1592] 2026-11-21 02:25:05,671 >> Offline mode: forcing local_files_only=True
        [rank0]: Traceback (most recent call last):
        [rank0]:   File "site-packages/llamafactory/launcher.py", line 185, in <module>
        [rank0]: ValueError: Undefined dataset nosuch in dataset_info.json.
        [rank1]: Traceback (most recent call last):
        [rank1]: ValueError: Undefined dataset nosuch in dataset_info.json.
        E1121 02:25:06.857000 20295 torch/distributed/elastic/multiprocessing/api.py:1002] failed (exitcode: 1) local_rank: 0 (pid: 20298) of binary: bin/python3
        Traceback (most recent call last):
        Failures:
        [1]:
        ------------------------------------------------------------
        Root Cause (first observed failure):
        [0]:
        ============================================================
        Traceback (most recent call last):
        subprocess.CalledProcessError: Command '['torchrun', '--nnodes', '1', '--node_rank', '0', '--nproc_per_node', '2', '--master_addr', '127.0.0.1', '--master_port', '45273',
        """#),
    LogSample(
      name: "disk", ending: .exited(1), reason: .diskFull,
      text: #"""
        Writing model shards:   0%|          | 0/1 [00:00<?, ?it/s]
        Traceback (most recent call last):
          File "bin/llamafactory-cli", line 8, in <module>
        safetensors._safetensors_rust.SafetensorError: Error while serializing: I/O error: No space left on device (os error 28)
         25%|???       | 1/4 [00:00<00:01,  2.80it/s]
        """#),
    LogSample(
      name: "mem3", ending: .exited(1), reason: .outOfMemoryHost,
      text: #"""
        Traceback (most recent call last):
          File "<string>", line 3, in <module>
        RuntimeError: [enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 40000000000000 bytes. Error code 12 (Cannot 
        """#),
  ]
}
