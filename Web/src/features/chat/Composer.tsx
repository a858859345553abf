import { forwardRef, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useFormat } from "../../i18n/format.js";
import { useWords } from "../../i18n/words.js";
import { IconButton } from "../../ui/Button.js";
import { DropZone } from "../../ui/DropZone.js";
import { Icon } from "../../ui/Icon.js";
import { draft as draftOf, keepDraft } from "./drafts.js";
import { ModelPicker } from "./ModelPicker.js";
import { partnerOf, type Partner, type Partners, type Standing } from "./models.js";
import type { Settings } from "./sampling.js";
import { SettingsButton, type Lookup } from "./SettingsDialog.js";
import { ATTACHMENT_LIMIT, textOf, withAttachments, type Attachment } from "./text.js";
import { chatWords } from "./words.js";
import { SendButton, WritingArea } from "./WritingArea.js";

export interface ComposerHandle {
  focus(): void;
  /** Puts a text where one writes. */
  write(text: string): void;
}

interface Props {
  /** Where what is begun is kept; undefined until it is known who writes. */
  readonly draft: string | undefined;
  /** A message that came back. */
  readonly unsent: string | undefined;
  readonly onUnsentTaken: () => void;
  readonly isLive: boolean;
  /** Throws where nothing came of it: the text comes back. */
  readonly onSend: (text: string) => Promise<void>;
  readonly onStop: () => void;
  readonly partners: Partners;
  readonly partner: Partner | undefined;
  readonly standing: Standing;
  readonly onChoose: (partner: Partner) => void;
  /** How replies are asked for here. */
  readonly settings: Settings;
  readonly onSettings: (settings: Settings) => Promise<void>;
  readonly lookup: Lookup;
}

/** Where one writes. */
export const Composer = forwardRef<ComposerHandle, Props>(function Composer(props, handle) {
  const { draft, unsent, isLive, partner, onUnsentTaken } = props;
  const say = useWords(chatWords);
  const format = useFormat();
  const [text, setText] = useState(() => draftOf(draft));
  const [files, setFiles] = useState<readonly Attachment[]>([]);
  const [fault, setFault] = useState("");
  const area = useRef<HTMLTextAreaElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef(text);
  latest.current = text;

  const write = (next: string) => {
    setText(next);
    keepDraft(draft, next);
  };
  useImperativeHandle(handle, () => ({
    focus: () => area.current?.focus(),
    write: (next) => {
      write(next);
      area.current?.focus();
    },
  }));
  const shown = useRef(draft);
  useEffect(() => {
    if (shown.current === draft) return;
    const isFirst = shown.current === undefined;
    shown.current = draft;
    // Who begins to write before it is known who it is keeps what was written.
    if (isFirst && latest.current !== "") {
      keepDraft(draft, latest.current);
      return;
    }
    setText(draftOf(draft));
    setFiles([]);
    setFault("");
  }, [draft]);
  useEffect(() => {
    if (unsent === undefined) return;
    if (latest.current.trim() === "") write(unsent);
    onUnsentTaken();
    // Once for each that came back.
  }, [unsent]);

  const hasWords = text.trim() !== "" || files.length > 0;
  const isReady = partner !== undefined && draft !== undefined;
  const canSend = !isLive && isReady && hasWords;
  // Sent before it is known who asks and who answers: it goes out as soon as that is known.
  const isWaiting = useRef(false);
  useEffect(() => {
    if (!isWaiting.current || !isReady) return;
    isWaiting.current = false;
    send();
  }, [isReady]);
  const send = () => {
    isWaiting.current = hasWords && !isReady;
    if (!canSend) return;
    const before = { text, files };
    const whole = withAttachments(text, files);
    write("");
    setFiles([]);
    setFault("");
    area.current?.focus();
    props.onSend(whole).catch(() => {
      if (latest.current !== "") return;
      write(before.text);
      setFiles(before.files);
    });
  };
  const take = async (chosen: readonly File[]) => {
    setFault("");
    const added: Attachment[] = [];
    let size = files.reduce((sum, file) => sum + file.text.length, 0);
    for (const file of chosen) {
      size += file.size;
      if (size > ATTACHMENT_LIMIT) {
        setFault(say("tooLong", { limit: format.bytes(ATTACHMENT_LIMIT) }));
        break;
      }
      const content = textOf(await file.arrayBuffer());
      if (content === undefined) setFault(say("notText", { name: file.name }));
      else added.push({ name: file.name, text: content });
    }
    setFiles((old) => [...old, ...added]);
    area.current?.focus();
  };
  return (
    <div className="chat-column">
      <DropZone className="chat-composer" onDrop={(files) => void take([...files.files])}>
        {(isOver) => (
          <>
            {files.length > 0 && (
              <ul className="chat-attached">
                {files.map((file, index) => (
                  <li key={index}>
                    <Icon name="attach" size={12} />
                    <span>{file.name}</span>
                    <IconButton
                      icon="close"
                      label={say("unattach", { name: file.name })}
                      onClick={() => {
                        setFiles(files.filter((_, other) => other !== index));
                        area.current?.focus();
                      }}
                    />
                  </li>
                ))}
              </ul>
            )}
            <WritingArea
              ref={area}
              aria-label={say("message")}
              title={say("sendHelp")}
              placeholder={isOver ? say("drop") : partner ? say("placeholder", { model: partner.name }) : say("placeholderNone")}
              value={text}
              onWrite={write}
              onSend={send}
              onEscape={isLive ? props.onStop : undefined}
              onPaste={(event) => {
                if (event.clipboardData.files.length === 0) return;
                event.preventDefault();
                void take([...event.clipboardData.files]);
              }}
            />
            <div className="chat-tools">
              <IconButton icon="attach" label={say("attach")} onClick={() => input.current?.click()} />
              <SettingsButton
                settings={props.settings}
                standard={props.partners.config?.max_tokens}
                model={partner}
                lookup={props.lookup}
                onSave={props.onSettings}
                onModel={(name) => {
                  const found = partnerOf(props.partners.all ?? [], name);
                  if (found) props.onChoose(found);
                }}
              />
              {props.lookup.name !== undefined && <LookupSign {...props.lookup} name={props.lookup.name} />}
              <ModelPicker partners={props.partners} partner={partner} standing={props.standing} onChoose={props.onChoose} />
              <SendButton
                isLive={isLive}
                canSend={canSend}
                words={{ send: say("send"), stop: say("stop") }}
                onSend={send}
                onStop={props.onStop}
              />
            </div>
            <input
              ref={input}
              type="file"
              multiple
              hidden
              aria-label={say("attach")}
              onChange={(event) => {
                const chosen = [...(event.currentTarget.files ?? [])];
                event.currentTarget.value = "";
                void take(chosen);
              }}
            />
          </>
        )}
      </DropZone>
      {fault && (
        <p className="field-error" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
});

/** Says that an index goes along; pressed, it does no more. */
function LookupSign({ name, onChoose }: Lookup & { name: string }) {
  const say = useWords(chatWords);
  return (
    <button
      type="button"
      className="chat-lookup"
      aria-label={say("lookupStop", { name })}
      title={say("lookupSet", { name })}
      onClick={() => void onChoose(undefined)}
    >
      <Icon name="indexes" size={14} />
      <span className="chat-lookup-name">{name}</span>
      <Icon name="close" size={12} />
    </button>
  );
}
