import { useState } from "react";
import { useUser } from "../../app/account.js";
import { useResource } from "../../api/resource.js";
import { useWords } from "../../i18n/words.js";
import { Button, ButtonLink } from "../../ui/Button.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { HostCard } from "./HostCard.js";
import "./hosts.css";
import { HOST_EVENTS, useTicks } from "./useTicks.js";
import { hostWords } from "./words.js";

/** Hosts that are asked for their load at once, and shown. */
const AT_ONCE = 100;

export default function HostList() {
  const say = useWords(hostWords);
  const sayUI = useWords(uiWords);
  const isAdmin = useUser()?.role === "admin";
  /** Where the pages up to this one begin, but for the first. */
  const [places, setPlaces] = useState<readonly string[]>([]);
  const after = places[places.length - 1];
  const hosts = useResource("GET /api/hosts", { query: { limit: AT_ONCE, ...(after && { after }) } }, HOST_EVENTS, 1_000);
  const next = hosts.data?.next;
  useTicks(5_000, hosts.reload);
  const list = hosts.data?.hosts;
  const isFirst = places.length === 0;
  const add = isAdmin && (
    <ButtonLink to="/app/hosts/new" look="primary" icon="plus">
      {say("add")}
    </ButtonLink>
  );
  return (
    <div className="page">
      <PageHead title={say("title")} sub={say("sub")} actions={(list?.length !== 0 || !isFirst) && add} />
      {hosts.problem && !list && <ProblemNote problem={hosts.problem} onRetry={hosts.reload} />}
      {!list && !hosts.problem && <Skeleton label={sayUI("loading")} lines={6} />}
      {list?.length === 0 && isFirst && (
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
      {(next || !isFirst) && (
        <div className="form-actions">
          <Button disabled={isFirst} onClick={() => setPlaces(places.slice(0, -1))}>
            {say("earlier")}
          </Button>
          <Button disabled={!next} onClick={() => next && setPlaces([...places, next])}>
            {say("following")}
          </Button>
        </div>
      )}
    </div>
  );
}
