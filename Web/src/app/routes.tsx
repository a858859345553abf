import type { ComponentType } from "react";
import type { IconName } from "../ui/Icon.js";
import type { appWords } from "./words.js";

export interface PageProps {
  /** The names in the path's pattern. */
  readonly params: Readonly<Record<string, string>>;
}

export interface PageRoute {
  readonly path: string;
  /** Its own piece of the program, fetched when it is first gone to. */
  readonly load: () => Promise<{ default: ComponentType<PageProps> }>;
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

const chat = () => import("../features/chat/Chat.js");

/** Every page there is; the first that fits is shown. */
export const routes: readonly PageRoute[] = [
  { path: "/app/login", load: () => import("../features/account/Login.js"), isOpen: true },
  { path: "/app/register", load: () => import("../features/account/Register.js"), isOpen: true },
  { path: "/app", load: () => import("../features/home/Home.js") },
  { path: "/app/chat", load: chat, isFull: true },
  { path: "/app/chat/:id", load: chat, isFull: true },
  { path: "/app/compare", load: () => import("../features/compare/Compare.js"), isFull: true },
  { path: "/app/compare/votes", load: () => import("../features/compare/Votes.js") },
  { path: "/app/tasks", load: () => import("../features/tasks/TaskList.js") },
  { path: "/app/tasks/new", load: () => import("../features/tasks/NewTask.js") },
  { path: "/app/tasks/:id", load: () => import("../features/tasks/TaskDetail.js") },
  { path: "/app/pipelines", load: () => import("../features/pipelines/PipelineList.js") },
  { path: "/app/pipelines/new", load: () => import("../features/pipelines/NewPipeline.js") },
  { path: "/app/pipelines/:id", load: () => import("../features/pipelines/PipelineDetail.js") },
  { path: "/app/datasets", load: () => import("../features/datasets/DatasetList.js") },
  { path: "/app/datasets/:id", load: () => import("../features/datasets/DatasetDetail.js") },
  { path: "/app/indexes", load: () => import("../features/indexes/IndexList.js") },
  { path: "/app/indexes/:id", load: () => import("../features/indexes/IndexDetail.js") },
  { path: "/app/models", load: () => import("../features/models/ModelList.js") },
  { path: "/app/models/view", load: () => import("../features/models/ModelDetail.js") },
  { path: "/app/hosts", load: () => import("../features/hosts/HostList.js") },
  { path: "/app/hosts/new", load: () => import("../features/hosts/NewHost.js") },
  { path: "/app/hosts/:id", load: () => import("../features/hosts/HostDetail.js") },
  { path: "/app/hosts/:id/edit", load: () => import("../features/hosts/EditHost.js") },
  { path: "/app/settings", load: () => import("../features/settings/Settings.js") },
  { path: "/app/settings/users", load: () => import("../features/users/UserList.js") },
  { path: "/app/account", load: () => import("../features/account/Profile.js") },
  { path: "/app/account/keys", load: () => import("../features/account/Keys.js") },
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
