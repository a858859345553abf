import { dictionary, type Say } from "../../i18n/words.js";

/** What the check-up looks at; in English as the server and the command line call it. */
export const checkWords = dictionary(
  {
    host: "Host",
    gpu: "GPU",
    disk: "Disk",
    memory: "Memory",
    trainer: "Trainer",
    torch: "torch",
    slurm: "Slurm",
    node: "Node",
    clock: "Clock",
    trainerThere: "Trainer on a node",
    jobMemory: "Memory of a job",
    partition: "Partition {name}",
    usual: "{name} (default)",
  },
  {
    host: "主机",
    gpu: "GPU",
    disk: "磁盘",
    memory: "内存",
    trainer: "训练程序",
    torch: "torch",
    slurm: "Slurm",
    node: "节点",
    clock: "时钟",
    trainerThere: "节点上的训练程序",
    jobMemory: "作业的内存",
    partition: "分区 {name}",
    usual: "{name}（默认）",
  },
);

type CheckWord = keyof (typeof checkWords)["en"];

const NAMED: Readonly<Record<string, CheckWord>> = { "trainer on a node": "trainerThere", "memory of a job": "jobMemory" };
const PLAIN: ReadonlySet<string> = new Set(["host", "gpu", "disk", "memory", "trainer", "torch", "slurm", "node", "clock"]);

/** The name of a check in the reader's language; one that is not known as the server calls it. */
export function checkName(say: Say<CheckWord>, name: string): string {
  const partition = /^partition (.+?)( \(default\))?$/.exec(name);
  if (partition) {
    const called = partition[1] as string;
    return say("partition", { name: partition[2] ? say("usual", { name: called }) : called });
  }
  const word = NAMED[name] ?? (PLAIN.has(name) ? (name as CheckWord) : undefined);
  return word ? say(word) : name;
}
