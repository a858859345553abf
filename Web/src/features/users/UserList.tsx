import { useState } from "react";
import { useUser } from "../../app/account.js";
import { ask, asProblem } from "../../api/client.js";
import { useResource } from "../../api/resource.js";
import type { AccountReply, QuotaFields } from "../../api/types.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Confirm } from "../../ui/Confirm.js";
import { TextField } from "../../ui/Field.js";
import { Icon } from "../../ui/Icon.js";
import { Menu } from "../../ui/Menu.js";
import { Empty, PageHead, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { State } from "../../ui/State.js";
import { Ago, Table } from "../../ui/Table.js";
import { toast } from "../../ui/toasts.js";
import { uiWords } from "../../ui/words.js";
import { EditUser } from "./EditUser.js";
import { NewUser } from "./NewUser.js";
import { RemovalNote } from "./RemovalNote.js";
import { SetPassword } from "./SetPassword.js";
import "./users.css";
import { userWords } from "./words.js";
import { problemLine } from "../../i18n/server.js";

type Opened = { readonly what: "edit" | "lock" | "password" | "remove"; readonly user: AccountReply } | { readonly what: "new" };

export default function UserList() {
  const say = useWords(userWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const [search, setSearch] = useState("");
  const [opened, setOpened] = useState<Opened>();
  const users = useResource("GET /api/users", {});
  const all = users.data?.users;
  const wanted = search.trim().toLowerCase();
  const shown = all?.filter((user) => `${user.username} ${user.email}`.toLowerCase().includes(wanted));
  const everyone = users.data?.everyone ?? {};
  const close = () => setOpened(undefined);
  const unlock = async (user: AccountReply) => {
    try {
      await ask("PATCH /api/users/{user_id}", { path: { user_id: user.user_id }, body: { disabled: false } });
      toast(say("isUnlocked", { name: user.username }));
    } catch (error) {
      toast(problemLine(asProblem(error)));
    }
    users.reload();
  };
  return (
    <div className="page">
      <PageHead
        title={say("title")}
        sub={say("sub")}
        parent={{ to: "/app/settings", name: say("settings") }}
        actions={
          all && (
            <Button look="primary" icon="plus" onClick={() => setOpened({ what: "new" })}>
              {say("newUser")}
            </Button>
          )
        }
      />
      {users.problem && !all && <ProblemNote problem={users.problem} onRetry={users.reload} />}
      {!all && !users.problem && <Skeleton label={sayUI("loading")} />}
      {all && shown && (
        <>
          <p className="page-sub">{users.data?.registration_open ? say("open") : say("closed")}</p>
          {all.length > 8 && (
            <TextField label={say("search")} type="search" value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
          )}
          {shown.length === 0 && <Empty title={say("none")}>{say("noneHelp")}</Empty>}
          {shown.length > 0 && <Accounts users={shown} everyone={everyone} onOpen={setOpened} onUnlock={(user) => void unlock(user)} />}
        </>
      )}
      {opened?.what === "new" && <NewUser onClose={close} onMade={users.reload} />}
      {opened?.what === "edit" && <EditUser user={opened.user} everyone={everyone} onClose={close} onSaved={users.reload} />}
      {opened?.what === "password" && <SetPassword user={opened.user} onClose={close} />}
      {opened?.what === "remove" && (
        <Confirm
          title={say("removeTitle", { name: opened.user.username })}
          action={say("remove")}
          onClose={close}
          onConfirm={async () => {
            const { freed } = await ask("DELETE /api/users/{user_id}", { path: { user_id: opened.user.user_id } });
            users.reload();
            toast(say("isRemoved", { name: opened.user.username, bytes: format.bytes(freed.storage_bytes) }));
          }}
        >
          <RemovalNote holds={opened.user.holds} />
        </Confirm>
      )}
      {opened?.what === "lock" && (
        <Confirm
          title={say("lockTitle", { name: opened.user.username })}
          action={say("lock")}
          onClose={close}
          onConfirm={async () => {
            await ask("PATCH /api/users/{user_id}", { path: { user_id: opened.user.user_id }, body: { disabled: true } });
            users.reload();
            toast(say("isLocked", { name: opened.user.username }));
          }}
        >
          <p>{say("lockHelp")}</p>
        </Confirm>
      )}
    </div>
  );
}

interface AccountsProps {
  readonly users: readonly AccountReply[];
  readonly everyone: QuotaFields;
  readonly onOpen: (what: Opened) => void;
  readonly onUnlock: (user: AccountReply) => void;
}

function Accounts({ users, everyone, onOpen, onUnlock }: AccountsProps) {
  const say = useWords(userWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const me = useUser();
  const of = (held: string, most: string | undefined) => (most === undefined ? held : say("of", { held, most }));
  return (
    <Table
      rows={users}
      keyOf={(user) => user.user_id}
      columns={[
        {
          title: say("name"),
          cell: (user) => (
            <>
              <span className="table-name">
                {user.username}
                {user.user_id === me?.user_id && <span className="user-me">{sayUI("bracketed", { text: say("you") })}</span>}
              </span>
              <span className="table-sub">{user.email}</span>
            </>
          ),
        },
        { title: say("role"), cell: ({ role }) => say(role) },
        {
          title: say("state"),
          cell: ({ disabled }) => <State tone={disabled ? "bad" : "good"}>{disabled ? say("locked") : say("active")}</State>,
        },
        {
          title: say("storage"),
          isNumber: true,
          cell: ({ quota, holds }) => {
            const most = quota.storage_bytes ?? everyone.storage_bytes;
            return of(format.bytes(holds.storage_bytes), most == null ? undefined : format.bytes(most));
          },
        },
        {
          title: say("tasks"),
          isNumber: true,
          cell: ({ quota, holds }) => {
            const most = quota.tasks ?? everyone.tasks;
            return of(format.number(holds.unfinished_tasks), most == null ? undefined : format.number(most));
          },
        },
        { title: say("since"), cell: (user) => <Ago at={user.created_at} /> },
      ]}
      actions={(user) => (
        <Menu
          label={say("actions", { name: user.username })}
          isEnd
          items={[
            { label: say("edit"), icon: "settings", onSelect: () => onOpen({ what: "edit", user }) },
            { label: say("setPassword"), icon: "key", onSelect: () => onOpen({ what: "password", user }) },
            user.disabled
              ? { label: say("unlock"), icon: "check", onSelect: () => onUnlock(user) }
              : { label: say("lock"), icon: "stop", isDanger: true, onSelect: () => onOpen({ what: "lock", user }) },
            ...(user.user_id === me?.user_id
              ? []
              : [{ label: say("remove"), icon: "trash" as const, isDanger: true, onSelect: () => onOpen({ what: "remove", user }) }]),
          ]}
        >
          <Icon name="more" />
        </Menu>
      )}
    />
  );
}
