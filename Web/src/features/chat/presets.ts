import { ask } from "../../api/client.js";
import { useResource } from "../../api/resource.js";
import type { SavedPresetReply } from "../../api/types.js";
import type { Settings } from "./sampling.js";

export interface Presets {
  /** By name; nothing until they are read. */
  readonly all: readonly SavedPresetReply[] | undefined;
  create(name: string, settings: Settings, model: string | undefined): Promise<SavedPresetReply>;
  change(preset: SavedPresetReply, settings: Settings): Promise<void>;
  remove(preset: SavedPresetReply): Promise<void>;
}

/** My presets; what is done with them is seen at once. */
export function usePresets(): Presets {
  const list = useResource("GET /api/chat/presets", {});
  const path = (preset: SavedPresetReply) => ({ preset_id: preset.preset_id });
  return {
    all: list.data?.presets,
    async create(name, settings, model) {
      const made = await ask("POST /api/chat/presets", { body: { name, settings, ...(model ? { model } : {}) } });
      list.reload();
      return made;
    },
    async change(preset, settings) {
      await ask("PATCH /api/chat/presets/{preset_id}", { path: path(preset), body: { settings } });
      list.reload();
    },
    async remove(preset) {
      await ask("DELETE /api/chat/presets/{preset_id}", { path: path(preset) });
      list.reload();
    },
  };
}
