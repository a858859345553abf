import type { GPUReply, HostReply, HostState } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { State, type Tone } from "../../ui/State.js";
import { homeWords } from "./words.js";
import "./home.css";

export const hostTones: Record<HostState, Tone> = { connected: "good", connecting: "running", unreachable: "waiting", refused: "bad" };

/** A host at a glance: whether it is there, and how loaded it and each of its GPUs is. */
export function HostCard({ host }: { host: HostReply }) {
  const say = useWords(homeWords);
  const format = useFormat();
  const { load } = host;
  return (
    <article className="card host-card">
      <div className="host-card-head">
        <h3>{host.name}</h3>
        <State tone={hostTones[host.state]}>{say(host.state)}</State>
      </div>
      {host.problem && (
        <p className="host-card-problem">
          {host.problem} {host.last_contact && `(${say("lastContact", { ago: format.ago(host.last_contact) })})`}
        </p>
      )}
      <p className="page-sub number">{say("slots", { used: host.slots_in_use, all: host.slots })}</p>
      {load && (
        <div className="meters">
          {typeof load.cpu_percent === "number" && (
            <Meter name={say("processor")} share={load.cpu_percent / 100} text={format.percent(load.cpu_percent / 100)} />
          )}
          <Meter
            name={say("memory")}
            share={1 - load.memory_available / load.memory_total}
            text={say("gpuMemory", {
              used: format.bytes(load.memory_total - load.memory_available),
              total: format.bytes(load.memory_total),
            })}
          />
          <Meter
            name={say("disk")}
            share={1 - load.disk_free / load.disk_total}
            text={say("gpuMemory", { used: format.bytes(load.disk_total - load.disk_free), total: format.bytes(load.disk_total) })}
          />
          {load.gpus.map((gpu) => (
            <GPUMeter key={gpu.uuid} gpu={gpu} />
          ))}
          {load.gpus.length === 0 && <p className="meter-none">{say("noGPU")}</p>}
        </div>
      )}
    </article>
  );
}

function GPUMeter({ gpu }: { gpu: GPUReply }) {
  const say = useWords(homeWords);
  const format = useFormat();
  const words = [
    say("gpuMemory", { used: format.bytes(gpu.memory_used), total: format.bytes(gpu.memory_total) }),
    typeof gpu.utilization === "number" ? format.percent(gpu.utilization / 100) : "",
    typeof gpu.temperature === "number" ? say("degrees", { n: gpu.temperature }) : "",
    gpu.processes.some((process) => process.owner === "stranger") ? say("strangers") : "",
  ];
  return <Meter name={`GPU ${gpu.index} ${gpu.name}`} share={gpu.memory_used / gpu.memory_total} text={words.filter(Boolean).join(" · ")} />;
}

function Meter({ name, share, text }: { name: string; share: number; text: string }) {
  return (
    <div className="meter">
      <span className="meter-name">{name}</span>
      <span className="meter-text number">{text}</span>
      <meter className="meter-bar" aria-label={`${name}: ${text}`} min={0} max={1} high={0.9} value={Math.min(1, Math.max(0, share))} />
    </div>
  );
}
