import { dictionary } from "../../i18n/words.js";
import type { ListedModelType } from "../../api/types.js";

/** The groups of models in the order in which every page shows them. */
export const GROUPS: readonly ListedModelType[] = ["sft", "rl", "pretrained", "external"];

/** What the groups are called, on every page that names them. */
export const groupWords = dictionary<ListedModelType>(
  {
    sft: "Tuned (SFT)",
    rl: "Preference-tuned (RL)",
    pretrained: "Base models",
    external: "Other servers",
  },
  {
    sft: "微调模型（SFT）",
    rl: "偏好微调（RL）",
    pretrained: "基础模型",
    external: "其他服务器",
  },
);
