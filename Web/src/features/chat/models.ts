import { useCallback, useEffect, useMemo, useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import type { Problem } from "../../api/problem.js";
import { useResource } from "../../api/resource.js";
import type { ChatConfigReply, ListedModelReply, ListedModelType, LoadStatus, LoadStatusReply } from "../../api/types.js";
import type { Tone } from "../../ui/State.js";
import { GROUPS } from "../models/groups.js";
import { presetNames } from "../models/names.js";
import { isRewardModel } from "../models/purpose.js";

/** What one can talk to. */
export interface Partner {
  /** What requests call it; empty for the server of one's own in the configuration. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly type: ListedModelType;
  readonly status: LoadStatus;
  readonly model?: ListedModelReply;
}

export const TONES: Record<LoadStatus, Tone> = { unloaded: "idle", loading: "running", ready: "good", failed: "bad" };

/** The models that answer and the configuration as one list. */
export function partnersOf(models: readonly ListedModelReply[], config: ChatConfigReply | undefined): Partner[] {
  const presets = presetNames(config);
  const all = models.filter((model) => !isRewardModel(model)).map((model): Partner => ({
    id: model.name,
    name: (model.type === "external" ? presets.get(model.name) : undefined) ?? model.name,
    type: model.type,
    status: model.status,
    model,
  }));
  if (config?.current_model_type === "custom" && config.custom_model) {
    all.push({ id: "", name: config.custom_model, type: "external", status: "ready" });
  }
  return GROUPS.flatMap((type) => all.filter((each) => each.type === type));
}

/** The partner that a name, an identifier or a title means. */
export function partnerOf(all: readonly Partner[], wanted: string | null | undefined): Partner | undefined {
  if (wanted === null || wanted === undefined) return undefined;
  return (
    all.find((each) => each.id === wanted || each.model?.model_id === wanted) ??
    all.find((each) => each.name === wanted) ??
    // A checkpoint of a model is a model's name too.
    checkpointOf(all, wanted)
  );
}

function checkpointOf(all: readonly Partner[], wanted: string): Partner | undefined {
  const slash = wanted.lastIndexOf("/");
  const parent = slash > 0 ? all.find((each) => each.id === wanted.slice(0, slash)) : undefined;
  const point = parent?.model?.checkpoints?.find((each) => each.name === wanted.slice(slash + 1));
  if (!parent || !point) return undefined;
  return { id: wanted, name: wanted, type: parent.type, status: "unloaded" };
}

/** Whom to talk to where nothing was chosen: what is ready first, then what was tuned last. */
export function firstPartner(all: readonly Partner[], config: ChatConfigReply | undefined): Partner | undefined {
  const configured =
    config?.current_model_type === "model"
      ? partnerOf(all, config.llm_model)
      : config?.current_model_type === "custom"
        ? partnerOf(all, "")
        : partnerOf(all, config?.current_model_type || null);
  const usable = all.filter((each) => each.status !== "failed");
  return configured ?? usable.find((each) => each.status === "ready") ?? usable[0] ?? all[0];
}

export interface Partners {
  /** Nothing until they are read. */
  readonly all: readonly Partner[] | undefined;
  readonly config: ChatConfigReply | undefined;
  readonly problem: Problem | undefined;
  reload(): void;
}

export function usePartners(): Partners {
  const models = useResource("GET /api/models", {}, ["service.changed", "model.added", "model.deleted"], 1_000);
  const config = useResource("GET /api/config", {});
  const isKnown = config.data !== undefined || config.problem !== undefined;
  const all = useMemo(
    () => (models.data && isKnown ? partnersOf(models.data.models, config.data) : undefined),
    [models.data, config.data, isKnown],
  );
  return { all, config: config.data, problem: models.data ? undefined : models.problem, reload: models.reload };
}

/** How a model stands, followed while it loads. */
export function useStanding(partner: Partner | undefined, onChange: () => void) {
  const isOurs = partner !== undefined && partner.id !== "" && partner.type !== "external";
  const status = useResource(
    "GET /api/models/{name}/status",
    isOurs ? { path: { name: partner.id } } : undefined,
    ["service.changed", "service.loading"],
    300,
  );
  const [problem, setProblem] = useState<Problem>();
  const standing: LoadStatusReply | undefined = isOurs ? status.data : undefined;
  const { reload } = status;
  const now = standing?.status;
  useEffect(() => {
    if (now !== "loading") return;
    // Events of a load go to who began it.
    const timer = setInterval(reload, 1_000);
    return () => clearInterval(timer);
  }, [now, reload]);
  useEffect(() => {
    if (now) onChange();
    // Only when it changes.
  }, [now]);
  useEffect(() => setProblem(undefined), [partner?.id]);
  const name = isOurs ? partner.id : undefined;
  const load = useCallback(async () => {
    if (name === undefined) return;
    setProblem(undefined);
    try {
      status.show(await ask("POST /api/models/{name}/load", { path: { name } }));
    } catch (error) {
      setProblem(asProblem(error));
    }
  }, [name, status.show]);
  const unload = useCallback(async () => {
    if (name === undefined) return false;
    setProblem(undefined);
    try {
      await ask("POST /api/models/{name}/unload", { path: { name } });
      reload();
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      return false;
    }
  }, [name, reload]);
  return { standing, problem, load, unload, reload };
}

export type Standing = ReturnType<typeof useStanding>;
