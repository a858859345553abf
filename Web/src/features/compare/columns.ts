import { lastPart } from "../../ui/lastPart.js";
import { partnerOf, type Partner } from "../chat/models.js";

/** At least and at most so many models beside each other. */
export const FEWEST = 2;
export const MOST = 4;

/** What a column is called while its model's name is hidden, and in what one votes with. */
export function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

/** The model that one was tuned from, also where the lists do not have it: the server may know its folder. */
export function baseOf(all: readonly Partner[], partner: Partner): Partner | undefined {
  const base = partner.model?.base;
  if (!base) return undefined;
  const others = all.filter((each) => each.id !== partner.id);
  return (
    partnerOf(others, base) ??
    others.find((each) => each.type !== "external" && lastName(each.id) === lastName(base)) ?? {
      id: base,
      name: lastPart(base),
      type: "pretrained",
      status: "unloaded",
    }
  );
}

function lastName(path: string): string {
  return path.replace(/\/+$/, "").replace(/^.*\//, "");
}

/** A partner by its name, a model of a folder that no list has as well. */
export function columnOf(all: readonly Partner[], name: string): Partner | undefined {
  return partnerOf(all, name) ?? (name.startsWith("/") ? { id: name, name: lastPart(name), type: "pretrained", status: "unloaded" } : undefined);
}

/** Whom to compare first: who was asked for, then who was compared last, then what was tuned last with its base. */
export function firstColumns(all: readonly Partner[], wanted: readonly string[], last: readonly string[]): readonly Partner[] {
  const known = (names: readonly string[]) => names.flatMap((name) => columnOf(all, name) ?? []);
  const withBase = (partner: Partner | undefined) => (partner ? [partner, baseOf(all, partner) ?? []].flat() : []);
  const usable = all.filter((each) => each.status !== "failed");
  const asked = known(wanted);
  const choices = [
    asked.length === 1 ? withBase(asked[0]) : asked,
    asked.length === 0 ? known(last) : [],
    asked.length === 0 ? withBase(usable.find((each) => each.model?.base)) : [],
    [...asked, ...usable.filter((each) => !asked.some((other) => other.id === each.id))].slice(0, FEWEST),
  ];
  return (choices.find((each) => each.length >= FEWEST) ?? asked).slice(0, MOST);
}

/** The same in another order, each order as likely. */
export function shuffled<T>(all: readonly T[], random: () => number = Math.random): readonly T[] {
  const mixed = [...all];
  for (let index = mixed.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T];
  }
  return mixed;
}
