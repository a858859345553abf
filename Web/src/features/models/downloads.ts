import { open } from "../../api/client.js";
import { save } from "../../ui/save.js";

interface Picker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<{ createWritable(): Promise<WritableStream<Uint8Array>> }>;
}

/**
 * Brings a model's folder as a tar file: straight into a file where the browser can do that, else by way of the browser's own
 * store. `tell` gets the bytes that have come.
 */
export async function downloadModel(modelID: string, name: string, tell: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const file = `${name.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.tar`;
  const picker = (window as Picker).showSaveFilePicker;
  const target = picker ? await picker.call(window, { suggestedName: file }) : undefined;
  const answer = await open("GET /api/files/models/{model_id}/download", { path: { model_id: modelID }, signal });
  let bytes = 0;
  const counted = (answer.body as ReadableStream<Uint8Array>).pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.byteLength;
        tell(bytes);
        controller.enqueue(piece);
      },
    }),
  );
  if (target) await counted.pipeTo(await target.createWritable(), { signal });
  else save(await new Response(counted).blob(), file, true);
}
