"""Makes the untrained tiny model, its tokenizer and its training data.

Usage: make_model.py SAMPLE_DATASET.json WORK_FOLDER
Writes WORK_FOLDER/untrained (a model folder) and WORK_FOLDER/data (a dataset folder of LLaMA-Factory).
"""

import json
import pathlib
import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

import corpus

VOCABULARY = 512  # 3 special tokens, 256 bytes, and the commonest merges
LONGEST_TEXT = 1024
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for m in messages %}{{'<|im_start|>'+m['role']+'\n'+m['content']+'<|im_end|>\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{'<|im_start|>assistant\n'}}{% endif %}"
)
# What the template `qwen` puts around every conversation; frequent, so worth tokens of its own.
FRAME = ["system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.", "user\n", "assistant\n"]


def make_tokenizer(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=SPECIAL_TOKENS,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=SPECIAL_TOKENS[0],
        pad_token=SPECIAL_TOKENS[0],
        model_max_length=LONGEST_TEXT,
        additional_special_tokens=SPECIAL_TOKENS[1:],
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def make_model(tokenizer):
    torch.manual_seed(0)
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=384,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=LONGEST_TEXT,
            # Untied: with tied embeddings LoRA cannot move the output layer far enough.
            tie_word_embeddings=False,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def main(sample, work):
    pairs = corpus.question_answer_pairs()
    sample_texts = [row[key] for row in json.loads(sample.read_text("utf-8")) for key in ("instruction", "output")]
    tokenizer = make_tokenizer([text for pair in pairs for text in pair] + sample_texts + FRAME * 20)
    model = make_model(tokenizer)
    tokenizer.save_pretrained(work / "untrained")
    model.save_pretrained(work / "untrained")

    rows = [{"instruction": q, "input": "", "output": a} for q, a in pairs * 2 + corpus.copy_tasks(500)]
    data = work / "data"
    data.mkdir()
    (data / "base.json").write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    (data / "dataset_info.json").write_text(json.dumps({"base": {"file_name": "base.json"}}), "utf-8")
    print(f"{len(rows)} rows, {len(tokenizer)} tokens, {sum(p.numel() for p in model.parameters())} parameters")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
