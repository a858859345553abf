import { dictionary } from "../../i18n/words.js";

/** Words of a host at a glance: Home has them too. */
export const cardWords = dictionary(
  {
    connected: "Connected",
    connecting: "Connecting",
    unreachable: "Unreachable",
    refused: "Refused",
    lastContact: "last heard of {ago}",
    slots: "{used} of {all} slots in use",
    processor: "Processor",
    memory: "Memory",
    disk: "Disk",
    noGPU: "No GPU",
    gpuUnreadable: "Its GPUs cannot be read now.",
    gpuMemory: "{used} of {total}",
    strangers: "used by others",
    degrees: "{n} °C",
    noTrainer: "No LLaMA-Factory known here",
  },
  {
    connected: "已连接",
    connecting: "连接中",
    unreachable: "无法连接",
    refused: "被拒绝",
    lastContact: "最后联系：{ago}",
    slots: "已用 {used} / {all} 个槽位",
    processor: "处理器",
    memory: "内存",
    disk: "磁盘",
    noGPU: "没有 GPU",
    gpuUnreadable: "目前无法读取 GPU 状态。",
    gpuMemory: "{used} / {total}",
    strangers: "被他人占用",
    degrees: "{n} °C",
    noTrainer: "未发现 LLaMA-Factory",
  },
);
