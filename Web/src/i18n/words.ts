import { useMemo } from "react";
import { useLanguage, type Language } from "./language.js";

/** The words of a feature in both languages: a key that one of them lacks does not compile. */
export type Dictionary<Key extends string> = { readonly [L in Language]: { readonly [K in Key]: string } };

export type Values = Readonly<Record<string, string | number>>;

/** Says a word of a dictionary, its `{names}` filled in. */
export type Say<Key extends string> = (key: Key, values?: Values) => string;

export function dictionary<Key extends string>(
  en: { readonly [K in Key]: string },
  zh: { readonly [K in NoInfer_<Key>]: string },
): Dictionary<Key> {
  return { en, zh };
}

/** Keeps TypeScript from taking a key of the second argument for one of the first. */
type NoInfer_<T> = [T][T extends unknown ? 0 : never];

/** Fills `{name}` and `{name|one thing|# things}`, where `#` is the number. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, many?: string) => {
    const value = values[name] ?? "";
    if (one === undefined || many === undefined) return String(value);
    return (Number(value) === 1 ? one : many).replace("#", String(value));
  });
}

const CHINESE = /[\u3400-\u9fff]/;

/** As `fill`, without the blank that parts Latin letters from Chinese ones where a value turns out to be Chinese. */
export function fillChinese(text: string, values: Values = {}): string {
  const close = text.replace(/( ?)\{(\w+)\}( ?)/g, (whole, before: string, name: string, after: string, at: number) => {
    const value = String(values[name] ?? "");
    const isTight = (blank: string, edge: string, beyond: string) => blank !== "" && CHINESE.test(edge) && CHINESE.test(beyond);
    const start = isTight(before, value.charAt(0), text.charAt(at - 1)) ? "" : before;
    const end = isTight(after, value.slice(-1), text.charAt(at + whole.length)) ? "" : after;
    return `${start}{${name}}${end}`;
  });
  return fill(close, values);
}

export function useWords<Key extends string>(words: Dictionary<Key>): Say<Key> {
  const language = useLanguage();
  return useMemo(() => (key, values) => (language === "zh" ? fillChinese : fill)(words[language][key], values), [words, language]);
}
