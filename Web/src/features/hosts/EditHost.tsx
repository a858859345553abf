import { useEffect, useRef, useState } from "react";
import { useUser } from "../../app/account.js";
import { navigate } from "../../app/router.js";
import type { PageProps } from "../../app/routes.js";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { HostReply } from "../../api/types.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { changeOf, draftOf, faultsOf, PLACES, type DraftFaults } from "./hostDraft.js";
import { HostFields } from "./HostForm.js";
import { hostWords } from "./words.js";

export default function EditHost({ params }: PageProps) {
  const say = useWords(hostWords);
  const sayUI = useWords(uiWords);
  const user = useUser();
  const path = { host_id: params.id as string };
  const host = useResource("GET /api/hosts/{host_id}", { path });
  const to = `/app/hosts/${encodeURIComponent(path.host_id)}`;
  const name = host.data?.name ?? "";
  return (
    <div className="page page-narrow">
      <PageHead title={say("editTitle", { name })} sub={say("editSub")} parent={{ to, name: name || say("title") }} />
      {host.problem && !host.data && <ProblemNote problem={host.problem} onRetry={host.reload} />}
      {!host.data && !host.problem && <Skeleton label={sayUI("loading")} lines={6} />}
      {host.data && user && (user.role !== "admin" ? <Empty title={say("askAdmin")} /> : null)}
      {host.data && user?.role === "admin" && (host.data.editable ? <EditForm host={host.data} to={to} /> : <Empty title={say("fixed")} />)}
    </div>
  );
}

function EditForm({ host, to }: { host: HostReply; to: string }) {
  const say = useWords(hostWords);
  const sayUI = useWords(uiWords);
  const [before] = useState(() => draftOf(host));
  const [draft, setDraft] = useState(before);
  const [faults, setFaults] = useState<DraftFaults>({});
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [faults]);
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [problem]);
  const save = async () => {
    const found = faultsOf(draft);
    setFaults(found);
    if (isBusy || Object.keys(found).length > 0) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await ask("PATCH /api/hosts/{host_id}", { path: { host_id: host.host_id }, body: changeOf(draft, before) });
      toast(say("saved"));
      navigate(to, { replace: true });
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="card form">
        <HostFields draft={draft} faults={faults} problem={problem} canKeep={host.settings?.authentication !== "lost"} onChange={setDraft} />
      </div>
      {problem && <ProblemNote problem={problem} saidAt={PLACES} />}
      <div className="form-actions">
        <ButtonLink to={to}>{sayUI("cancel")}</ButtonLink>
        <Button type="submit" look="primary" isBusy={isBusy}>
          {sayUI("save")}
        </Button>
      </div>
    </form>
  );
}
