import type { HostTrialReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Coded } from "../../ui/Coded.js";
import { Icon } from "../../ui/Icon.js";
import { clusterWords } from "./clusterWords.js";
import { hostWords } from "./words.js";
import { useServerSentence } from "../../i18n/server.js";

/** What a try of a host found. */
export function TrialReport({ trial }: { trial: HostTrialReply }) {
  const say = useWords(hostWords);
  const sayServer = useServerSentence();
  const sayCluster = useWords(clusterWords);
  const facts = [
    [say("hostname"), trial.hostname],
    [say("system"), trial.system],
    [say("python"), trial.python],
    [sayCluster("slurm"), trial.slurm],
    [say("trainer"), trial.trainer ?? (trial.connected ? (trial.trainer_problem ? sayServer(trial.trainer_problem) : say("notFoundThere")) : undefined)],
  ] as const;
  return (
    <div className="trial">
      <div className={trial.connected ? "note" : "note note-bad"} role={trial.connected ? "status" : "alert"}>
        <Icon name={trial.connected ? "check" : "warning"} />
        <div>
          <p>
            <Coded text={trial.problem ? sayServer(trial.problem) : say(trial.connected ? "trialOk" : "trialBad")} />
          </p>
          {trial.hint && (
            <p className="note-hint">
              <Coded text={sayServer(trial.hint)} />
            </p>
          )}
        </div>
      </div>
      {trial.slurm_problem && (
        <div className="note note-warn" role="alert">
          <Icon name="warning" />
          <div>
            <p>{sayServer(trial.slurm_problem)}</p>
            {trial.slurm_hint && (
              <p className="note-hint">
                <Coded text={sayServer(trial.slurm_hint)} />
              </p>
            )}
          </div>
        </div>
      )}
      {trial.connected && (
        <dl className="facts">
          {facts.map(
            ([name, value]) =>
              value && (
                <div key={name}>
                  <dt>{name}</dt>{" "}
                  <dd>{value}</dd>
                </div>
              ),
          )}
        </dl>
      )}
    </div>
  );
}

/** The command that says a host's keys, to be run on the host itself. */
export const KEY_COMMAND = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";
