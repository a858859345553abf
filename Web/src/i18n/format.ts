import { useLanguage, type Language } from "./language.js";

/** Numbers, sizes and times as a reader of the language writes them. */
export interface Format {
  number(value: number, digits?: number): string;
  percent(share: number): string;
  bytes(count: number): string;
  /** `3 min ago`, `in 2 h`. */
  ago(time: string, now?: number): string;
  /** `1 h 5 min`, of seconds. */
  duration(seconds: number): string;
  dateTime(time: string): string;
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** Between a number and its unit, which no line parts. */
const NO_BREAK = "\u00a0";

/** A sentence of the server's with its numbers kept beside their units. */
export function unbroken(text: string): string {
  return text.replace(/(\d) (?=(?:[smhd]|min|[KMGT]i?B)\b|[秒分天小])/g, `$1${NO_BREAK}`);
}

/** One a language: to make its parts takes longer than to use them. */
const made = new Map<Language, Format>();

export function formatOf(language: Language): Format {
  const found = made.get(language) ?? makeFormat(language);
  made.set(language, found);
  return found;
}

function makeFormat(language: Language): Format {
  const locale = language === "zh" ? "zh-CN" : "en";
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
  const units = language === "zh" ? ["天", "小时", "分", "秒"] : ["d", "h", "min", "s"];
  const blank = language === "zh" ? "" : NO_BREAK;
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const numbers = new Map<number | undefined, Intl.NumberFormat>();
  const number = (value: number, digits?: number) => {
    const found = numbers.get(digits) ?? new Intl.NumberFormat(locale, digits === undefined ? {} : { maximumFractionDigits: digits });
    numbers.set(digits, found);
    return found.format(value);
  };
  return {
    number,
    percent: (value) => share.format(value),
    bytes(count) {
      const names = ["B", "KB", "MB", "GB", "TB"];
      let size = count;
      let unit = 0;
      while (size >= 999.5 && unit < names.length - 1) {
        size /= 1000;
        unit++;
      }
      return `${number(size, size < 10 && unit > 0 ? 1 : 0)}${NO_BREAK}${names[unit]}`;
    },
    ago(time, now = Date.now()) {
      const seconds = (Date.parse(time) - now) / 1000;
      const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (["second", 1] as const);
      return relative.format(Math.trunc(seconds / length), unit);
    },
    duration(seconds) {
      const whole = Math.max(0, Math.round(seconds));
      const parts = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600), Math.floor((whole % 3600) / 60), whole % 60];
      const first = parts.findIndex((part) => part > 0);
      if (first < 0) return `0${blank}${units[3]}`;
      return parts
        .slice(first, first + 2)
        .map((part, index) => (part > 0 ? `${part}${blank}${units[first + index]}` : ""))
        .filter(Boolean)
        .join(language === "zh" ? "" : " ");
    },
    dateTime: (time) => date.format(new Date(time)),
  };
}

export function useFormat(): Format {
  return formatOf(useLanguage());
}
