import type { ComponentType } from "react";
import Login from "../features/account/Login.js";
import type { IconName } from "../ui/Icon.js";
import type { appWords } from "./words.js";

export interface PageProps {
  /** The names in the path's pattern. */
  readonly params: Readonly<Record<string, string>>;
}

export type PageComponent = ComponentType<PageProps>;

export interface PageRoute {
  readonly path: string;
  /** The page, which comes with the first script; or what fetches its own piece of the program when it is first gone to. */
  readonly page: PageComponent | { readonly load: () => Promise<{ default: PageComponent }> };
  /** Seen without a login. */
  readonly isOpen?: boolean;
  /** Takes the whole height, and scrolls within itself. */
  readonly isFull?: boolean;
}

export interface NavigationEntry {
  readonly path: string;
  readonly icon: IconName;
  readonly name: keyof (typeof appWords)["en"];
}

const chat = { load: () => import("../features/chat/Chat.js") };

/** Every page there is; the first that fits is shown. */
export const routes: readonly PageRoute[] = [
  { path: "/app/login", page: Login, isOpen: true },
  { path: "/app/register", page: { load: () => import("../features/account/Register.js") }, isOpen: true },
  { path: "/app", page: { load: () => import("../features/home/Home.js") } },
  { path: "/app/chat", page: chat, isFull: true },
  { path: "/app/chat/:id", page: chat, isFull: true },
  { path: "/app/compare", page: { load: () => import("../features/compare/Compare.js") }, isFull: true },
  { path: "/app/compare/votes", page: { load: () => import("../features/compare/Votes.js") } },
  { path: "/app/tasks", page: { load: () => import("../features/tasks/TaskList.js") } },
  { path: "/app/tasks/new", page: { load: () => import("../features/tasks/NewTask.js") } },
  { path: "/app/tasks/:id", page: { load: () => import("../features/tasks/TaskDetail.js") } },
  { path: "/app/pipelines", page: { load: () => import("../features/pipelines/PipelineList.js") } },
  { path: "/app/pipelines/new", page: { load: () => import("../features/pipelines/NewPipeline.js") } },
  { path: "/app/pipelines/:id", page: { load: () => import("../features/pipelines/PipelineDetail.js") } },
  { path: "/app/datasets", page: { load: () => import("../features/datasets/DatasetList.js") } },
  { path: "/app/datasets/:id", page: { load: () => import("../features/datasets/DatasetDetail.js") } },
  { path: "/app/indexes", page: { load: () => import("../features/indexes/IndexList.js") } },
  { path: "/app/indexes/:id", page: { load: () => import("../features/indexes/IndexDetail.js") } },
  { path: "/app/models", page: { load: () => import("../features/models/ModelList.js") } },
  { path: "/app/models/view", page: { load: () => import("../features/models/ModelDetail.js") } },
  { path: "/app/hosts", page: { load: () => import("../features/hosts/HostList.js") } },
  { path: "/app/hosts/new", page: { load: () => import("../features/hosts/NewHost.js") } },
  { path: "/app/hosts/:id", page: { load: () => import("../features/hosts/HostDetail.js") } },
  { path: "/app/hosts/:id/edit", page: { load: () => import("../features/hosts/EditHost.js") } },
  { path: "/app/settings", page: { load: () => import("../features/settings/Settings.js") } },
  { path: "/app/settings/users", page: { load: () => import("../features/users/UserList.js") } },
  { path: "/app/account", page: { load: () => import("../features/account/Profile.js") } },
  { path: "/app/account/keys", page: { load: () => import("../features/account/Keys.js") } },
];

/** What the navigation shows, in its order. */
export const navigation: readonly NavigationEntry[] = [
  { path: "/app", icon: "home", name: "home" },
  { path: "/app/chat", icon: "chat", name: "chat" },
  { path: "/app/compare", icon: "compare", name: "compare" },
  { path: "/app/tasks", icon: "tasks", name: "tasks" },
  { path: "/app/pipelines", icon: "pipelines", name: "pipelines" },
  { path: "/app/datasets", icon: "datasets", name: "datasets" },
  { path: "/app/indexes", icon: "indexes", name: "indexes" },
  { path: "/app/models", icon: "models", name: "models" },
  { path: "/app/hosts", icon: "hosts", name: "hosts" },
  { path: "/app/settings", icon: "settings", name: "settings" },
];
