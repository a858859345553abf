import { lazy, Suspense, useEffect, useMemo, type ComponentType, type LazyExoticComponent } from "react";
import { useObservable } from "../api/observable.js";
import { session } from "../api/session.js";
import { useWords } from "../i18n/words.js";
import { ButtonLink } from "../ui/Button.js";
import { Empty, PageHead, Skeleton } from "../ui/Page.js";
import { Toasts } from "../ui/toasts.js";
import { uiWords } from "../ui/words.js";
import { ErrorBoundary } from "./ErrorBoundary.js";
import { moreStyles } from "./moreStyles.js";
import { match, navigate, usePath } from "./router.js";
import { routes, type PageProps, type PageRoute } from "./routes.js";
import { Shell } from "./Shell.js";
import { appWords } from "./words.js";

/** By what loads them: routes of one page keep it when one goes from one to the other. */
const components = new Map<PageRoute["load"], LazyExoticComponent<ComponentType<PageProps>>>();

function component(route: PageRoute): LazyExoticComponent<ComponentType<PageProps>> {
  let found = components.get(route.load);
  if (!found) {
    const load = async () => {
      const [page] = await Promise.all([route.load(), route.isOpen ? undefined : moreStyles()]);
      return page;
    };
    components.set(route.load, (found = lazy(load)));
  }
  return found;
}

export function App() {
  const path = usePath();
  const isSignedIn = useObservable(session) !== undefined;
  const found = useMemo(() => {
    for (const route of routes) {
      const params = match(route.path, path === "/" ? "/app" : path);
      if (params) return { route, params };
    }
    return undefined;
  }, [path]);
  const needsLogin = !isSignedIn && !found?.route.isOpen;
  const mustLeave = isSignedIn && found?.route.isOpen === true;

  useEffect(() => {
    if (needsLogin) {
      const here = location.pathname + location.search;
      navigate(here === "/" || here === "/app" ? "/app/login" : `/app/login?to=${encodeURIComponent(here)}`, { replace: true });
    } else if (mustLeave) {
      navigate(returnPath(), { replace: true });
    }
  }, [needsLogin, mustLeave]);

  if (needsLogin || mustLeave) return null;
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
  const say = useWords(uiWords);
  const Page = component(route);
  return (
    <Suspense
      fallback={
        <div className="page">
          <Skeleton label={say("loading")} lines={6} />
        </div>
      }
    >
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
