import { useState } from "react";
import { useUser } from "../../app/account.js";
import { navigate } from "../../app/router.js";
import type { PageProps } from "../../app/routes.js";
import { ask, asProblem } from "../../api/client.js";
import { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { HostReply, HostTrialReply, SlurmSettings } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useServerSentence } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { Dialog } from "../../ui/Dialog.js";
import { Icon } from "../../ui/Icon.js";
import { Menu } from "../../ui/Menu.js";
import { PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { useClusterFacts } from "./ClusterFields.js";
import { clusterWords } from "./clusterWords.js";
import { Doctor } from "./Doctor.js";
import { GPUs } from "./GPUs.js";
import { HostStateSign } from "./HostCard.js";
import "./hosts.css";
import { HostMeters } from "./Meters.js";
import { Setup } from "./Setup.js";
import { TrialReport } from "./Trial.js";
import { ChangedKey } from "./TrustKey.js";
import { HOST_EVENTS, useTicks } from "./useTicks.js";
import { hostWords } from "./words.js";

/** That it is removed is seen at the next reading: here, by whoever removes it, the page is left. */
const CHANGES = HOST_EVENTS.filter((kind) => kind !== "host.removed");

export default function HostDetail({ params }: PageProps) {
  const sayServer = useServerSentence();
  const say = useWords(hostWords);
  const sayCluster = useWords(clusterWords);
  const sayUI = useWords(uiWords);
  const isAdmin = useUser()?.role === "admin";
  const hostID = params.id as string;
  const host = useResource("GET /api/hosts/{host_id}", { path: { host_id: hostID } }, CHANGES, 1_000);
  const [isGone, setGone] = useState(false);
  useTicks(4_000, () => {
    if (!isGone) host.reload();
  });
  const data = host.data;
  const isCluster = data?.kind === "slurm";
  const parent = { to: "/app/hosts", name: say("title") };
  if (!data) {
    const isMissing = host.problem?.status === 404;
    return (
      <div className="page">
        <PageHead title={isMissing ? say("notFound") : say("title")} parent={parent} />
        {host.problem ? <ProblemNote problem={host.problem} onRetry={host.reload} /> : <Skeleton label={sayUI("loading")} lines={6} />}
      </div>
    );
  }
  return (
    <div className="page">
      <PageHead
        title={sayServer(data.name)}
        parent={parent}
        sub={
          <span className="host-sub">
            <HostStateSign host={data} />
            {isCluster && <span>{sayCluster("cluster")}</span>}
            {data.kind !== "local" && data.address}
          </span>
        }
        actions={isAdmin && <HostActions host={data} onRemoving={setGone} />}
      />
      <ChangedKey host={data} canTrust={isAdmin} onChange={host.show} />
      {data.problem && !data.offered_fingerprint && <ProblemNote problem={new Problem(data.state, data.problem, 0, data.hint ?? undefined)} />}
      <Section title={say("facts")}>
        <Facts host={data} />
      </Section>
      {isCluster && <ClusterFacts settings={data.slurm} />}
      {data.load && (
        <Section title={say(isCluster ? "loadThere" : "load")}>
          <div className="card">
            <HostMeters load={data.load} hasGPUs={false} />
          </div>
        </Section>
      )}
      {data.load && (!isCluster || data.load.gpus.length > 0) && (
        <Section title={say(isCluster ? "gpusThere" : "gpus")}>
          <GPUs load={data.load} />
        </Section>
      )}
      <Doctor hostID={hostID} canInstall={isAdmin && data.reachable} />
      {isAdmin && data.reachable && <Setup hostID={hostID} hasTrainer={Boolean(data.llamafactory)} onEnd={host.reload} />}
      {isAdmin && !data.reachable && (
        <Section title={say("setup")}>
          <p className="page-sub">{say("setupAway")}</p>
        </Section>
      )}
      {isAdmin && data.kind !== "local" && !data.editable && <p className="page-sub">{say("fixed")}</p>}
    </div>
  );
}

/** What trainings ask the cluster for where they say nothing else. */
function ClusterFacts({ settings }: { settings: SlurmSettings | null | undefined }) {
  const say = useWords(hostWords);
  const facts = useClusterFacts()(settings);
  return (
    <Section title={say("asks")}>
      <p className="page-sub">{say(facts.length > 0 ? "asksHelp" : "asksNothing")}</p>
      {facts.length > 0 && (
        <dl className="facts host-facts card">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>{" "}
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </Section>
  );
}

/** A fact, mostly a path, that would be broken in a column. */
const LONG = /\S{18}|.{25}/;

function Facts({ host }: { host: HostReply }) {
  const say = useWords(hostWords);
  const format = useFormat();
  const { settings } = host;
  const reach = settings && `${settings.user ? `${settings.user}@` : ""}${host.address ?? ""}${settings.port ? `:${settings.port}` : ""}`;
  const missing = say(host.reachable ? "notThere" : "unknown");
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    [say("trainer"), host.llamafactory ?? missing],
    [say("torch"), host.torch ?? missing],
    [say("python"), host.python],
    [say("hostname"), host.hostname],
    [say("slotsFact"), host.kind === "slurm" ? undefined : `${host.slots_in_use} / ${host.slots}`],
    [say("loadAverage"), host.load ? format.number(host.load.load_average, 2) : undefined],
    [say("contact"), host.last_contact ? format.ago(host.last_contact) : say("never")],
    [say("address"), reach ?? host.address],
    [say("login"), settings && !(host.kind === "slurm" && host.address === "localhost") ? say(`login_${settings.authentication}`) : undefined],
    [say("jumpHost"), settings?.jump_host],
    [say("workDir"), settings?.work_dir],
    [say("dataDir"), settings?.user_data_dir],
    [say("venv"), settings?.venv],
    [say("conda"), settings?.conda_env],
    [say("cli"), settings?.llamafactory_path],
  ];
  return (
    <dl className="facts host-facts card">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name} className={LONG.test(value) ? "host-fact-wide" : undefined}>
              <dt>{name}</dt>{" "}
              <dd>{value}</dd>
            </div>
          ),
      )}
      {host.fingerprints.map((each) => (
        <div key={each} className="host-fact-wide">
          <dt>{say("fingerprint")}</dt>{" "}
          <dd className="mono">{each}</dd>
        </div>
      ))}
    </dl>
  );
}

function HostActions({ host, onRemoving }: { host: HostReply; onRemoving: (isGone: boolean) => void }) {
  const say = useWords(hostWords);
  const sayUI = useWords(uiWords);
  const [isRemoving, setRemoving] = useState(false);
  const [isTesting, setTesting] = useState(false);
  const [trial, setTrial] = useState<HostTrialReply>();
  const [problem, setProblem] = useState<Problem>();
  const path = { host_id: host.host_id };
  if (host.kind === "local") return null;
  const test = async () => {
    setTesting(true);
    try {
      setTrial(await ask("POST /api/hosts/{host_id}/test", { path }));
    } catch (error) {
      setProblem(asProblem(error));
    }
    setTesting(false);
  };
  const close = () => {
    setTrial(undefined);
    setProblem(undefined);
  };
  return (
    <>
      <Button isBusy={isTesting} onClick={() => void test()}>
        {say(isTesting ? "testing" : "test")}
      </Button>
      {host.editable && (
        <>
          <ButtonLink to={`/app/hosts/${encodeURIComponent(host.host_id)}/edit`} icon="edit">
            {say("edit")}
          </ButtonLink>
          <Menu
            label={say("more", { name: host.name })}
            items={[{ label: say("remove"), icon: "trash", isDanger: true, onSelect: () => setRemoving(true) }]}
            isEnd
          >
            <Icon name="more" />
          </Menu>
        </>
      )}
      {(trial || problem) && (
        <Dialog
          title={say(trial?.connected ? "trialDone" : "trialFailed", { name: host.name })}
          onClose={close}
          actions={
            <Button look="primary" onClick={close}>
              {sayUI("close")}
            </Button>
          }
        >
          {trial && <TrialReport trial={trial} />}
          {problem && <ProblemNote problem={problem} />}
        </Dialog>
      )}
      {isRemoving && (
        <Confirm
          title={say("removeIt", { name: host.name })}
          action={say("remove")}
          onClose={() => setRemoving(false)}
          onConfirm={async () => {
            // What is gone is not read again while the page is left.
            onRemoving(true);
            try {
              await ask("DELETE /api/hosts/{host_id}", { path });
            } catch (error) {
              onRemoving(false);
              throw error;
            }
            toast(say("removed", { name: host.name }));
            navigate("/app/hosts", { replace: true });
          }}
        >
          <p>{say("removeHelp")}</p>
        </Confirm>
      )}
    </>
  );
}
