import { useUser } from "../../app/account.js";
import { useResource } from "../../api/resource.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { HostCard } from "./HostCard.js";
import "./hosts.css";
import { HOST_EVENTS, useTicks } from "./useTicks.js";
import { hostWords } from "./words.js";

export default function HostList() {
  const say = useWords(hostWords);
  const sayUI = useWords(uiWords);
  const isAdmin = useUser()?.role === "admin";
  const hosts = useResource("GET /api/hosts", {}, HOST_EVENTS, 1_000);
  useTicks(5_000, hosts.reload);
  const list = hosts.data?.hosts;
  const add = isAdmin && (
    <ButtonLink to="/app/hosts/new" look="primary" icon="plus">
      {say("add")}
    </ButtonLink>
  );
  return (
    <div className="page">
      <PageHead title={say("title")} sub={say("sub")} actions={list?.length !== 0 && add} />
      {hosts.problem && !list && <ProblemNote problem={hosts.problem} onRetry={hosts.reload} />}
      {!list && !hosts.problem && <Skeleton label={sayUI("loading")} lines={6} />}
      {list?.length === 0 && (
        <Empty title={say("none")} actions={add}>
          {say(isAdmin ? "noneHelp" : "askAdmin")}
        </Empty>
      )}
      {list && list.length > 0 && (
        <ul className="cards host-list">
          {list.map((host) => (
            <li key={host.host_id}>
              <HostCard host={host} level="h2" />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
