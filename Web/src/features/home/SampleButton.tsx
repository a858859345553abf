import { ask, asProblem } from "../../api/client.js";
import { useState } from "react";
import { problemLine } from "../../i18n/server.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { toast } from "../../ui/toasts.js";
import { sampleFile } from "./sample.js";
import { homeWords } from "./words.js";

/** Puts the sample among one's datasets. */
export function SampleButton({ onTaken }: { onTaken: () => void }) {
  const say = useWords(homeWords);
  const [isBusy, setBusy] = useState(false);
  const take = async () => {
    setBusy(true);
    try {
      const form = new FormData();
      form.set("file", sampleFile());
      await ask("POST /api/files/datasets", { body: form });
      toast(say("sampleTaken"));
      onTaken();
    } catch (error) {
      toast(problemLine(asProblem(error)), { isBad: true });
    }
    setBusy(false);
  };
  return (
    <Button isBusy={isBusy} onClick={() => void take()}>
      {say("sample")}
    </Button>
  );
}
