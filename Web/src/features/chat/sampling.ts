import { observable } from "../../api/observable.js";

/** What replies are asked for with, in all conversations of this browser. */
export interface Parameters {
  readonly temperature?: number | undefined;
  readonly max_tokens?: number | undefined;
}

const KEY = "luthier.chat.parameters";

function stored(): Parameters {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const { temperature, max_tokens } = value as Parameters;
    return { temperature: temperatureOf(String(temperature ?? "")), max_tokens: lengthOf(String(max_tokens ?? "")) };
  } catch {
    return {};
  }
}

export const parameters = observable<Parameters>(stored());

export function chooseParameters(choice: Parameters): void {
  localStorage.setItem(KEY, JSON.stringify(choice));
  parameters.set(choice);
}

/** A temperature, nothing for an empty field or for what is none. */
export function temperatureOf(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && value >= 0 && value <= 2 ? value : undefined;
}

/** A number of tokens, nothing for an empty field or for what is none. */
export function lengthOf(text: string): number | undefined {
  const value = Number(text);
  return text.trim() !== "" && Number.isInteger(value) && value >= 1 && value <= 32_768 ? value : undefined;
}
