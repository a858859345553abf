import { useEffect } from "react";
import type { TrainingArgumentReply } from "../../api/types.js";
import { observable, useObservable } from "../../api/observable.js";
import { useLanguage } from "../../i18n/language.js";
import { useWords } from "../../i18n/words.js";
import { argumentWords } from "./argumentWords.js";

type Usual = keyof (typeof argumentWords)["en"];

const chinese = observable<Readonly<Record<string, string>> | undefined>(undefined);

/**
 * What an argument does: of the usual ones in the page's own words, of the others in LLaMA-Factory's, which are English, or in
 * Chinese where the page has some. Those come only to who reads Chinese.
 */
export function useArgumentHelp(): (about: TrainingArgumentReply) => { readonly text: string; readonly isEnglish: boolean } {
  const say = useWords(argumentWords);
  const isChinese = useLanguage() === "zh";
  const more = useObservable(chinese);
  useEffect(() => {
    // Without them LLaMA-Factory's own are shown.
    if (isChinese && !more) import("./argumentHelp.zh.js").then((words) => chinese.set(words.argumentHelp)).catch(() => undefined);
  }, [isChinese, more]);
  return ({ name, help }) => {
    if (name in argumentWords.en) return { text: say(name as Usual), isEnglish: false };
    const own = isChinese ? more?.[name] : undefined;
    return { text: own ?? help, isEnglish: own === undefined };
  };
}
