import type { GPUReply, LoadReply } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Icon } from "../../ui/Icon.js";
import { State } from "../../ui/State.js";
import { Table } from "../../ui/Table.js";
import { cardWords } from "./cardWords.js";
import { Meter } from "./Meters.js";
import { hostWords } from "./words.js";
import { Facts } from "../../ui/Facts.js";

/** Each GPU of a host, and who computes on it. */
export function GPUs({ load }: { load: LoadReply }) {
  const say = useWords(cardWords);
  const sayServer = useServerSentence();
  const format = useFormat();
  const sayHost = useWords(hostWords);
  return (
    <>
      {load.gpus.length === 0 && !load.gpu_unreadable && <p className="page-sub">{say("noGPU")}</p>}
      {load.gpu_unreadable && (
        <div className="note note-warn">
          <Icon name="warning" />
          <div>
            <p>{say("gpuUnreadable")}</p>
          </div>
        </div>
      )}
      {load.gpu_note && (
        <p className="page-sub" lang="en">
          {sayServer(load.gpu_note)}
        </p>
      )}
      {typeof load.gpu_age === "number" && load.gpu_age >= 15 && (
        <p className="page-sub number">{sayHost("gpuAge", { n: format.number(load.gpu_age, 0) })}</p>
      )}
      {load.gpus.map((gpu) => (
        <GPU key={gpu.uuid} gpu={gpu} />
      ))}
    </>
  );
}

function GPU({ gpu }: { gpu: GPUReply }) {
  const say = useWords(hostWords);
  const sayCard = useWords(cardWords);
  const format = useFormat();
  const notes = [
    typeof gpu.temperature === "number" ? sayCard("degrees", { n: gpu.temperature }) : "",
    typeof gpu.power === "number" ? say("watts", { n: format.number(gpu.power, 0) }) : "",
    gpu.partitioned ? say("partitioned") : "",
    gpu.compute_mode && gpu.compute_mode !== "Default" ? say("exclusive", { mode: gpu.compute_mode }) : "",
  ].filter(Boolean);
  const owners = { ours: "ours", stranger: "stranger", unknown: "unknownOwner" } as const;
  return (
    <article className="card host-gpu">
      <div className="host-card-head">
        <h3>{`GPU ${gpu.index} · ${gpu.name}`}</h3>
        <span className="page-sub number"><Facts of={notes} /></span>
      </div>
      <div className="meters">
        <Meter
          name={say("memory")}
          share={gpu.memory_total > 0 ? gpu.memory_used / gpu.memory_total : 0}
          text={sayCard("gpuMemory", { used: format.bytes(gpu.memory_used), total: format.bytes(gpu.memory_total) })}
        />
        {typeof gpu.utilization === "number" && (
          <Meter name={say("busy")} share={gpu.utilization / 100} text={format.percent(gpu.utilization / 100)} />
        )}
      </div>
      {gpu.processes.length === 0 ? (
        <p className="meter-none">{say("nobody")}</p>
      ) : (
        <Table
          caption={say("processes", { n: gpu.index })}
          rows={gpu.processes}
          keyOf={(process) => process.pid}
          columns={[
            {
              title: say("process"),
              cell: (process) => (
                <>
                  <span className="table-name">{process.name ?? say("unknown")}</span>
                  <span className="table-sub">{process.pid}</span>
                </>
              ),
            },
            {
              title: say("owner"),
              cell: ({ owner }) => (
                <State tone={owner === "ours" ? "good" : owner === "stranger" ? "waiting" : "idle"}>{say(owners[owner])}</State>
              ),
            },
            { title: say("user"), cell: (process) => process.user ?? say("unknown") },
            {
              title: say("memory"),
              isNumber: true,
              cell: ({ memory }) => (typeof memory === "number" ? format.bytes(memory) : say("unknown")),
            },
          ]}
        />
      )}
    </article>
  );
}
