import { useUser } from "../../app/account.js";
import { useResource } from "../../api/resource.js";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink } from "../../ui/Button.js";
import { PageHead, Section, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { ChatChoice } from "./ChatChoice.js";
import "./settings.css";
import { Usage } from "./Usage.js";
import { settingsWords } from "./words.js";

export default function Settings() {
  const say = useWords(settingsWords);
  const user = useUser();
  return (
    <div className="page settings">
      <PageHead title={say("title")} />
      <ChatChoice />
      <Usage />
      {user?.role === "admin" && (
        <Section title={say("users")}>
          <p className="page-sub">{say("usersHelp")}</p>
          <div className="form-actions settings-links">
            <ButtonLink to="/app/settings/users" icon="user">
              {say("toUsers")}
            </ButtonLink>
          </div>
        </Section>
      )}
      <Section title={say("account")}>
        <div className="form-actions settings-links">
          <ButtonLink to="/app/account" icon="user">
            {say("profile")}
          </ButtonLink>
          <ButtonLink to="/app/account/keys" icon="key">
            {say("keys")}
          </ButtonLink>
        </div>
      </Section>
      <About />
    </div>
  );
}

function About() {
  const say = useWords(settingsWords);
  const sayUI = useWords(uiWords);
  const format = useFormat();
  const health = useResource("GET /api/health", {});
  const { data } = health;
  return (
    <Section title={say("about")}>
      {health.problem && !data && <ProblemNote problem={health.problem} onRetry={health.reload} />}
      {!data && !health.problem && <Skeleton label={sayUI("loading")} lines={1} />}
      {data && (
        <dl className="facts card">
          <div>
            <dt>{say("version")}</dt>{" "}
            <dd>Luthier {data.version}</dd>
          </div>
          <div>
            <dt>{say("uptime")}</dt>{" "}
            <dd>{format.duration(data.uptime_seconds)}</dd>
          </div>
          <div>
            <dt>{say("database")}</dt>{" "}
            <dd>{data.database === "ok" ? say("ok") : data.database}</dd>
          </div>
          <div>
            <dt>API</dt>{" "}
            <dd>
              <a href="/docs">{say("docs")}</a>
            </dd>
          </div>
        </dl>
      )}
    </Section>
  );
}
