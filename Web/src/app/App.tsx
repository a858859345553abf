import { lazy, Suspense, useEffect, useMemo } from "react";
import { useObservable } from "../api/observable.js";
import { session } from "../api/session.js";
import { useWords } from "../i18n/words.js";
import { ButtonLink } from "../ui/Button.js";
import { Empty, PageHead } from "../ui/Page.js";
import { Toasts } from "../ui/toasts.js";
import { ErrorBoundary } from "./ErrorBoundary.js";
import { moreStyles } from "./moreStyles.js";
import { match, navigate, usePath } from "./router.js";
import { Loading } from "./Loading.js";
import { routes, type PageComponent, type PageRoute } from "./routes.js";
import { Shell } from "./Shell.js";
import { appWords } from "./words.js";

/** By what loads them: routes of one page keep it when one goes from one to the other. */
const components = new Map<PageRoute["page"], PageComponent>();

function component({ page, isOpen }: PageRoute): PageComponent {
  if (typeof page === "function") return page;
  let found = components.get(page);
  if (!found) {
    const load = async () => {
      const [loaded] = await Promise.all([page.load(), isOpen ? undefined : moreStyles()]);
      return loaded;
    };
    components.set(page, (found = lazy(load)));
  }
  return found;
}

function find(path: string): { route: PageRoute; params: Record<string, string> } | undefined {
  for (const route of routes) {
    const params = match(route.path, path === "/" ? "/app" : path);
    if (params) return { route, params };
  }
  return undefined;
}

/** Where one must go instead: to the login from what is behind it, and away from it once one is signed in. */
function elsewhere(route: PageRoute | undefined, isSignedIn: boolean): string | undefined {
  if (isSignedIn) return route?.isOpen ? returnPath() : undefined;
  if (route?.isOpen) return undefined;
  const here = location.pathname + location.search;
  return here === "/" || here === "/app" ? "/app/login" : `/app/login?to=${encodeURIComponent(here)}`;
}

/** Before the first render, so that the first that is shown is already where one must be. */
export function goWhereOneMust(): void {
  const to = elsewhere(find(location.pathname)?.route, session.get() !== undefined);
  if (to !== undefined) navigate(to, { replace: true });
}

export function App() {
  const path = usePath();
  const isSignedIn = useObservable(session) !== undefined;
  const found = useMemo(() => find(path), [path]);
  const to = elsewhere(found?.route, isSignedIn);
  useEffect(() => {
    if (to !== undefined) navigate(to, { replace: true });
  }, [to]);

  if (to !== undefined) return null;
  const page = found ? <Loaded {...found} /> : <NotFound />;
  return (
    <>
      {found?.route.isOpen ? (
        page
      ) : (
        <Shell isFull={found?.route.isFull === true}>
          <ErrorBoundary resetKey={path}>{page}</ErrorBoundary>
        </Shell>
      )}
      <Toasts />
    </>
  );
}

/** Where one was before the login asked: a path of this page, and of no other place. */
function returnPath(): string {
  const to = new URLSearchParams(location.search).get("to") ?? "";
  return /^\/app(\/[^\\]*)?(\?[^\\]*)?$/.test(to) && !to.startsWith("/app/login") ? to : "/app";
}

function Loaded({ route, params }: { route: PageRoute; params: Record<string, string> }) {
  const Page = component(route);
  return (
    <Suspense fallback={<Loading />}>
      <Page params={params} />
    </Suspense>
  );
}

function NotFound() {
  const say = useWords(appWords);
  return (
    <div className="page">
      <PageHead title={say("notFound")} />
      <Empty title={say("notFoundHelp")} actions={<ButtonLink to="/app">{say("toHome")}</ButtonLink>} />
    </div>
  );
}
