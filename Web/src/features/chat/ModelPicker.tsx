import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { Button } from "../../ui/Button.js";
import { Hint } from "../../ui/Hint.js";
import { Icon } from "../../ui/Icon.js";
import { State } from "../../ui/State.js";
import { toast } from "../../ui/toasts.js";
import { GROUPS, groupWords } from "../models/groups.js";
import { TONES, type Partner, type Partners, type Standing } from "./models.js";
import { chatWords } from "./words.js";

interface Props {
  readonly partners: Partners;
  readonly partner: Partner | undefined;
  readonly standing: Standing;
  readonly onChoose: (partner: Partner) => void;
}

/** Whom to talk to: a field that finds, over a list that is gone through with the arrows. */
export function ModelPicker(props: Props) {
  const { partner, standing } = props;
  const say = useWords(chatWords);
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    props.partners.reload();
    const close = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("focusin", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("focusin", close);
    };
    // Only when it opens or closes.
  }, [isOpen]);
  const status = standing.standing?.status ?? partner?.status;
  return (
    <div className="chat-picker" ref={root}>
      <button
        ref={button}
        type="button"
        className="chat-picker-button"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={partner ? `${say("model")}: ${partner.name}, ${say(status ?? "ready")}` : say("chooseModel")}
        onClick={() => setOpen(!isOpen)}
      >
        {status && <span className={`chat-dot chat-dot-${status}`} aria-hidden="true" />}
        <span className="chat-picker-name">{partner?.name ?? say("chooseModel")}</span>
        <Icon name="down" size={12} />
        <Hint text={partner?.name ?? say("chooseModel")} />
      </button>
      {isOpen && (
        <Popup
          {...props}
          onClose={() => {
            setOpen(false);
            button.current?.focus();
          }}
        />
      )}
    </div>
  );
}

function Popup({ partners, partner, standing, onChoose, onClose }: Props & { onClose: () => void }) {
  const say = useWords(chatWords);
  const sayGroup = useWords(groupWords);
  const format = useFormat();
  const id = useId();
  const [query, setQuery] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = (partners.all ?? []).filter((each) => {
    const text = `${each.name} ${each.model?.base ?? ""} ${sayGroup(each.type)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const [at, setAt] = useState(() => Math.max(0, fitting.findIndex((each) => each.id === partner?.id)));
  const active = fitting[Math.min(at, fitting.length - 1)];
  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active?.id]);
  const choose = (choice: Partner) => {
    onClose();
    onChoose(choice);
  };
  const onKey = (event: KeyboardEvent) => {
    const last = fitting.length - 1;
    if (event.key === "ArrowDown") setAt(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp") setAt(at <= 0 ? last : Math.min(at, last) - 1);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      if (active) choose(active);
    } else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const canUnload = partner?.id && partner.type !== "external" && ["ready", "loading"].includes(standing.standing?.status ?? "");
  return (
    <div className="chat-picker-popup" role="dialog" aria-label={say("chooseModel")}>
      <input
        className="input"
        role="combobox"
        aria-label={say("findModel")}
        placeholder={say("findModel")}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={active && `${id}-${fitting.indexOf(active)}`}
        value={query}
        autoFocus
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div className="chat-picker-list" role="listbox" id={`${id}-list`} aria-label={say("model")} ref={list} tabIndex={-1}>
        {GROUPS.map((type) => {
          const group = fitting.filter((each) => each.type === type);
          return (
            group.length > 0 && (
              <div key={type} role="group" aria-label={sayGroup(type)}>
                <div className="chat-picker-group" aria-hidden="true">
                  {sayGroup(type)}
                </div>
                {group.map((each) => (
                  <div
                    key={each.id}
                    id={`${id}-${fitting.indexOf(each)}`}
                    role="option"
                    aria-selected={each.id === partner?.id}
                    data-active={each === active}
                    className="chat-option"
                    onClick={() => choose(each)}
                    onMouseMove={() => setAt(fitting.indexOf(each))}
                  >
                    <span className="chat-option-words">
                      <span className="chat-option-name">{each.name}</span>
                      {each.model && each.type !== "external" && (
                        <span className="chat-option-sub">
                          {[
                            each.model.base ? say("basedOn", { base: each.model.base.replace(/^.*\//, "") }) : "",
                            each.model.size ? format.bytes(each.model.size) : "",
                          ]
                            .filter(Boolean)
                            .join(" · ")}
                        </span>
                      )}
                    </span>
                    {each.type !== "external" && <State tone={TONES[each.status]}>{say(each.status)}</State>}
                    {each.id === partner?.id && <Icon name="check" />}
                  </div>
                ))}
              </div>
            )
          );
        })}
      </div>
      {fitting.length === 0 && (
        <p className="chat-none" role="status">
          {say("noModel")}
        </p>
      )}
      {canUnload && (
        <Button
          look="quiet"
          icon="stop"
          onClick={() => {
            onClose();
            void standing.unload().then((isDone) => isDone && toast(say("unloadedNow", { model: partner.name })));
          }}
        >
          {say("unload", { model: partner.name })}
        </Button>
      )}
    </div>
  );
}
