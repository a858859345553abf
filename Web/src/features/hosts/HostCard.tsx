import { Link } from "../../app/router.js";
import type { HostReply, HostState } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { State, type Tone } from "../../ui/State.js";
import { Facts } from "../../ui/Facts.js";
import { cardWords } from "./cardWords.js";
import { useClusterFacts } from "./ClusterFields.js";
import { clusterWords } from "./clusterWords.js";
import { HostMeters } from "./Meters.js";
import { useServerSentence } from "../../i18n/server.js";

export const hostTones: Record<HostState, Tone> = { connected: "good", connecting: "running", unreachable: "waiting", refused: "bad" };

export function HostStateSign({ host }: { host: HostReply }) {
  const say = useWords(cardWords);
  return <State tone={hostTones[host.state]}>{say(host.state)}</State>;
}

/** A host at a glance: whether it is there, and how loaded it and each of its GPUs is. */
export function HostCard({ host, level: Heading = "h3" }: { host: HostReply; level?: "h2" | "h3" }) {
  const say = useWords(cardWords);
  const sayServer = useServerSentence();
  const sayCluster = useWords(clusterWords);
  const factsOf = useClusterFacts();
  const format = useFormat();
  const isCluster = host.kind === "slurm";
  const versions = [host.llamafactory && `LLaMA-Factory ${host.llamafactory}`, host.torch && `torch ${host.torch}`].filter((each): each is string => !!each);
  return (
    <article className="card host-card">
      <div className="host-card-head">
        <Heading className="host-card-name">
          <Link className="table-name" to={`/app/hosts/${encodeURIComponent(host.host_id)}`}>
            {sayServer(host.name)}
          </Link>
        </Heading>
        <HostStateSign host={host} />
      </div>
      {host.problem && (
        <p className="host-card-problem">
          {host.offered_fingerprint ? say("keyChanged") : sayServer(host.problem)} {host.last_contact && `(${say("lastContact", { ago: format.ago(host.last_contact) })})`}
        </p>
      )}
      <p className="host-card-facts number">
        {isCluster ? (
          <Facts of={[sayCluster("cluster"), ...factsOf(host.slurm).map((fact) => fact.join(" "))]} />
        ) : (
          say("slots", { used: host.slots_in_use, all: host.slots })
        )}
        <br />
        {versions.length > 0 ? <Facts of={versions} /> : say("noTrainer")}
      </p>
      {host.load && <HostMeters load={host.load} hasGPUs={!isCluster || host.load.gpus.length > 0} />}
    </article>
  );
}
