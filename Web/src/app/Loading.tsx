import { useWords } from "../i18n/words.js";
import { Skeleton } from "../ui/Page.js";
import { uiWords } from "../ui/words.js";

/** Where a page will be, until its piece of the program is there. */
export function Loading() {
  const say = useWords(uiWords);
  return (
    <div className="page">
      <Skeleton label={say("loading")} lines={6} />
    </div>
  );
}
