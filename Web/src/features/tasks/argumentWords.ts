import { dictionary } from "../../i18n/words.js";

/** What the arguments do that are set most often. */
export const argumentWords = dictionary(
  {
    lora_rank: "Size of the LoRA matrices. Larger learns more and takes more memory; 8 to 64 are usual.",
    lora_alpha: "How strongly the LoRA matrices count. Empty: twice the rank.",
    lora_dropout: "Share of connections left out at random, against learning by heart. 0 to 0.1 are usual.",
    lora_target: "Layers that get LoRA matrices: all, or names with commas between, such as q_proj,v_proj.",
    lr_scheduler_type: "How the learning rate changes over the training.",
    warmup_steps: "Steps in which the learning rate rises from 0; below 1 it is a share of all steps.",
    val_size: "Rows kept for evaluation: a number, or a share such as 0.1.",
    eval_steps: "Steps between evaluations, where eval_strategy is steps.",
    save_steps: "Steps between checkpoints.",
    logging_steps: "Steps between two points of the curves.",
    packing: "Joins short rows into full blocks: faster on much short data.",
    max_samples: "Rows taken from each file at most; for a quick trial.",
    neftune_noise_alpha: "Noise on the inputs while training, such as 5; may make answers better.",
    seed: "The same seed gives the same order of rows and the same beginning.",
  },
  {
    lora_rank: "LoRA 矩阵的大小。越大学得越多、占用显存越多；常用 8 到 64。",
    lora_alpha: "LoRA 矩阵的权重。留空则为秩的两倍。",
    lora_dropout: "随机丢弃的连接比例，可减轻过拟合。常用 0 到 0.1。",
    lora_target: "添加 LoRA 矩阵的层：all，或用逗号分隔的名称，如 q_proj,v_proj。",
    lr_scheduler_type: "学习率在训练过程中如何变化。",
    warmup_steps: "学习率从 0 上升所用的步数；小于 1 时表示占总步数的比例。",
    val_size: "留作评估的行：可填行数，或 0.1 这样的比例。",
    eval_steps: "两次评估之间的步数（eval_strategy 为 steps 时）。",
    save_steps: "两个检查点之间的步数。",
    logging_steps: "曲线上两点之间的步数。",
    packing: "把短行拼成整块：短数据较多时更快。",
    max_samples: "每个文件最多使用的行数，用于快速试验。",
    neftune_noise_alpha: "训练时给输入加的噪声，例如 5；可能改善回答。",
    seed: "相同的种子得到相同的行顺序和初始状态。",
  },
);
