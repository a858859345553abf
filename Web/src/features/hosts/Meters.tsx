import type { GPUReply, LoadReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Facts } from "../../ui/Facts.js";
import { cardWords } from "./cardWords.js";
import "./meters.css";

/** How much of a host's processor, memory, disk and GPUs is in use. */
export function HostMeters({ load, hasGPUs = true }: { load: LoadReply; hasGPUs?: boolean }) {
  const say = useWords(cardWords);
  const format = useFormat();
  return (
    <div className="meters">
      {typeof load.cpu_percent === "number" && (
        <Meter name={say("processor")} share={load.cpu_percent / 100} text={format.percent(load.cpu_percent / 100)} />
      )}
      <Room name={say("memory")} total={load.memory_total} free={load.memory_available} />
      <Room name={say("disk")} total={load.disk_total} free={load.disk_free} />
      {hasGPUs && load.gpus.map((gpu) => <GPUMeter key={gpu.uuid} gpu={gpu} />)}
      {hasGPUs && load.gpus.length === 0 && <p className="meter-none">{say(load.gpu_unreadable ? "gpuUnreadable" : "noGPU")}</p>}
    </div>
  );
}

function Room({ name, total, free }: { name: string; total: number; free: number }) {
  const say = useWords(cardWords);
  const format = useFormat();
  const text = say("gpuMemory", { used: format.bytes(total - free), total: format.bytes(total) });
  return <Meter name={name} share={total > 0 ? 1 - free / total : 0} text={text} />;
}

function GPUMeter({ gpu }: { gpu: GPUReply }) {
  const say = useWords(cardWords);
  const format = useFormat();
  const words = [
    say("gpuMemory", { used: format.bytes(gpu.memory_used), total: format.bytes(gpu.memory_total) }),
    typeof gpu.utilization === "number" ? format.percent(gpu.utilization / 100) : "",
    typeof gpu.temperature === "number" ? say("degrees", { n: gpu.temperature }) : "",
    gpu.processes.some((process) => process.owner === "stranger") ? say("strangers") : "",
  ];
  const share = gpu.memory_total > 0 ? gpu.memory_used / gpu.memory_total : 0;
  return <Meter name={`GPU ${gpu.index} · ${gpu.name}`} share={share} facts={words.filter(Boolean)} />;
}

/** A share of something as a bar, with its words beside it. */
export function Meter({ name, share, ...said }: { name: string; share: number } & ({ text: string } | { facts: readonly string[] })) {
  const facts = "facts" in said ? said.facts : [said.text];
  return (
    <div className="meter">
      <span className="meter-name">{name}</span>
      <span className="meter-text number">
        <Facts of={facts} isEnd />
      </span>
      <meter className="meter-bar" aria-label={`${name}: ${facts.join(" · ")}`} min={0} max={1} high={0.9} value={Math.min(1, Math.max(0, share))} />
    </div>
  );
}
