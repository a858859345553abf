import { useEffect, useRef, useState } from "react";
import { ask, asProblem, isAbort } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { DoctorReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Coded } from "../../ui/Coded.js";
import { Button } from "../../ui/Button.js";
import { Section } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { State, type Tone } from "../../ui/State.js";
import { checkName, checkWords } from "./checkWords.js";
import { hostWords } from "./words.js";
import { useServerSentence } from "../../i18n/server.js";

const TONES: Record<DoctorReply["checks"][number]["outcome"], Tone> = { passed: "good", warning: "waiting", failed: "bad" };

/** A cure is a command to type, or a sentence. */
const COMMAND = /^(luthier|sudo|apt|apt-get|pip|pip3|python3?|conda|ssh|mkdir|chmod|chown|df|nvidia-smi) /;

/** Looks a host over when asked, and says the cure of what is missing. */
export function Doctor({ hostID, canInstall }: { hostID: string; canInstall: boolean }) {
  const say = useWords(hostWords);
  const sayServer = useServerSentence();
  const sayCheck = useWords(checkWords);
  const [found, setFound] = useState<DoctorReply>();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const running = useRef<AbortController>();
  useEffect(() => () => running.current?.abort(), []);
  const look = async () => {
    const { signal } = (running.current = new AbortController());
    setBusy(true);
    setProblem(undefined);
    try {
      setFound(await ask("GET /api/hosts/{host_id}/doctor", { path: { host_id: hostID }, signal }));
    } catch (error) {
      if (isAbort(error)) return;
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  return (
    <Section
      title={say("doctor")}
      actions={
        <Button isBusy={isBusy} onClick={() => void look()}>
          {say(found ? "lookAgain" : "look")}
        </Button>
      }
    >
      <p className="page-sub" role="status">
        {isBusy ? say("looking") : found ? say(found.healthy ? "healthy" : "unhealthy") : say("doctorHelp")}
      </p>
      {problem && <ProblemNote problem={problem} />}
      {found && (
        <ul className="host-checks card">
          {found.checks.map((check) => (
            <li key={check.name}>
              <State tone={TONES[check.outcome]}>{say(check.outcome)}</State>
              <div className="host-check">
                <p>
                  <strong>{checkName(sayCheck, check.name)}</strong> <Coded text={sayServer(check.message)} />
                </p>
                {check.cure && check.outcome !== "passed" && (
                  <p className="page-sub">
                    <span className="visually-hidden">{say("cure")}: </span>
                    {COMMAND.test(check.cure) ? <code className="mono">{check.cure}</code> : <Coded text={sayServer(check.cure)} />}
                  </p>
                )}
              </div>
              {canInstall && check.name === "trainer" && check.outcome === "failed" && <a href="#setup">{say("installBelow")}</a>}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
