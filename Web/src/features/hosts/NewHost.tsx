import { useEffect, useRef, useState } from "react";
import { useUser } from "../../app/account.js";
import { navigate } from "../../app/router.js";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import type { HostTrialReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Checkbox } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { Empty, PageHead, Section } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { emptyDraft, faultsOf, isHere, PLACES, requestOf, type DraftFaults, type HostDraft } from "./hostDraft.js";
import { HostFields } from "./HostForm.js";
import { KEY_COMMAND, TrialReport } from "./Trial.js";
import { hostWords } from "./words.js";

/** Adds a host: it is tried first, its key is compared by a person, and that key alone is trusted. */
export default function NewHost() {
  const say = useWords(hostWords);
  const sayUI = useWords(uiWords);
  const user = useUser();
  const [draft, setDraft] = useState(emptyDraft);
  const [faults, setFaults] = useState<DraftFaults>({});
  const [trial, setTrial] = useState<{ of: HostDraft; reply: HostTrialReply }>();
  const [key, setKey] = useState<string>();
  const [isBusy, setBusy] = useState<"test" | "add">();
  const [problem, setProblem] = useState<Problem>();
  const [hasAsked, setAsked] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const isLogin = !isHere(draft);
  const isCurrent = trial?.of === draft;
  const canAdd = isCurrent && trial.reply.connected;
  /** It cannot be reached now: it may be added all the same, for when it is there. */
  const isAway = isCurrent && !trial.reply.connected;
  const isKeyMissing = canAdd && trial.reply.fingerprints.length > 0 && key === undefined;

  useEffect(() => {
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [faults]);
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [problem]);

  const isFine = () => {
    const found = faultsOf(draft);
    setFaults(found);
    return Object.keys(found).length === 0;
  };
  const test = async () => {
    if (!isFine()) return;
    setBusy("test");
    setProblem(undefined);
    setTrial(undefined);
    setKey(undefined);
    setAsked(false);
    try {
      setTrial({ of: draft, reply: await ask("POST /api/hosts/test", { body: requestOf(draft) }) });
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(undefined);
  };
  const add = async () => {
    setAsked(true);
    if (isKeyMissing) return;
    setBusy("add");
    setProblem(undefined);
    try {
      const host = await ask("POST /api/hosts", { body: { ...requestOf(draft), fingerprint: key } });
      toast(say("added", { name: host.name }));
      navigate(`/app/hosts/${encodeURIComponent(host.host_id)}`, { replace: true });
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(undefined);
    }
  };

  const head = <PageHead title={say("newTitle")} sub={say("newSub")} parent={{ to: "/app/hosts", name: say("title") }} />;
  if (user && user.role !== "admin") {
    return (
      <div className="page page-narrow">
        {head}
        <Empty title={say("askAdmin")} />
      </div>
    );
  }
  return (
    <div className="page page-narrow">
      {head}
      <form
        ref={form}
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void (canAdd ? add() : test());
        }}
      >
        <div className="card form">
          <HostFields
            draft={draft}
            faults={faults}
            problem={problem}
            isNew
            canKeep={false}
            onChange={(next) => {
              setDraft(next);
              setFaults({});
            }}
          />
        </div>
        {problem && <ProblemNote problem={problem} saidAt={PLACES} />}
        {trial && (
          <div className="card form">
            <TrialReport trial={trial.reply} />
            {trial.reply.connected && trial.reply.fingerprints.length > 0 && (
              <Section title={say("keyTitle")}>
                <p className="page-sub">{say("keyHelp")}</p>
                <pre className="code-block" tabIndex={0}>
                  {KEY_COMMAND}
                </pre>
                {trial.reply.fingerprints.map((each) => (
                  <div key={each} className="host-key">
                    <code className="mono">{each}</code>
                    <Checkbox
                      label={say("keyIs")}
                      checked={key === each}
                      disabled={!isCurrent}
                      onChange={(event) => setKey(event.currentTarget.checked ? each : undefined)}
                    />
                  </div>
                ))}
                {hasAsked && isKeyMissing && (
                  <p className="field-error" role="alert">
                    {say("keyNeeded")}
                  </p>
                )}
              </Section>
            )}
          </div>
        )}
        {isAway && (
          <div className="note note-warn">
            <Icon name="warning" />
            <div>
              <p>{say("awayTitle")}</p>
              <p className="note-hint">{say("awayHelp")}</p>
            </div>
            <Button isBusy={isBusy !== undefined} onClick={() => void add()}>
              {say("addAway")}
            </Button>
          </div>
        )}
        <div className="host-form-actions">
          <p className="page-sub" role="status">
            {isBusy === "test" ? say("testing") : trial && !isCurrent ? say("changedSince") : !trial && isLogin ? say("testFirst") : ""}
          </p>
          <div className="form-actions">
            <ButtonLink to="/app/hosts">{sayUI("cancel")}</ButtonLink>
            {canAdd && (
              <Button isBusy={isBusy !== undefined} onClick={() => void test()}>
                {say("testAgain")}
              </Button>
            )}
            <Button type="submit" look="primary" isBusy={isBusy !== undefined}>
              {say(canAdd ? "add" : trial ? "testAgain" : "testNew")}
            </Button>
          </div>
        </div>
      </form>
    </div>
  );
}
