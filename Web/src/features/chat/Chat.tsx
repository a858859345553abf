import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ask, asProblem } from "../../api/client.js";
import { observable, useObservable } from "../../api/observable.js";
import type { Problem } from "../../api/problem.js";
import { useUser } from "../../app/account.js";
import { isNavigated, navigate, useQuery } from "../../app/router.js";
import { useResource } from "../../api/resource.js";
import type { PageProps } from "../../app/routes.js";
import { useWords } from "../../i18n/words.js";
import { ButtonLink, IconButton } from "../../ui/Button.js";
import { Empty, Skeleton } from "../../ui/Page.js";
import { ProblemNote } from "../../ui/ProblemNote.js";
import { uiWords } from "../../ui/words.js";
import { changedConversations, useConversationChanges } from "./changes.js";
import "./chat.css";
import { Composer, type ComposerHandle } from "./Composer.js";
import { conversation, type Conversation, type Talk } from "./conversation.js";
import { ConversationMenu } from "./ConversationMenu.js";
import { Drawer, SidePanel, useIsNarrow } from "./ConversationList.js";
import { useConversations } from "./conversations.js";
import { draftKey } from "./drafts.js";
import { keepLookup, lookupOf } from "./lookup.js";
import { ModelNote } from "./ModelNote.js";
import { firstPartner, partnerOf, usePartners, useStanding, type Partner } from "./models.js";
import { areNone, newSettings, type Settings } from "./sampling.js";
import { Thread } from "./Thread.js";
import { chatWords } from "./words.js";

const LAST_MODEL = "luthier.chat.model";
const NOTHING = observable<Talk>({});

/** A conversation with a model, and the others beside it. */
export default function Chat({ params }: PageProps) {
  const say = useWords(chatWords);
  const id = params.id;
  const user = useUser();
  const query = useQuery();
  const talk = useMemo(() => (id === undefined ? undefined : conversation(id)), [id]);
  const state = useObservable(talk?.state ?? NOTHING);
  const list = useConversations();
  // The list has the last used ones only, and none of their settings.
  const own = useResource("GET /conversations/{session_id}", id === undefined ? undefined : { path: { session_id: id } });
  useConversationChanges(own.reload);
  const entry = list.find(id) ?? own.data;
  const fresh = useObservable(newSettings);
  const settings = id === undefined ? fresh : (own.data?.settings ?? {});
  const isNarrow = useIsNarrow();
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const composer = useRef<ComposerHandle>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  const partners = usePartners();
  const [choices, setChoices] = useState<Readonly<Record<string, string>>>({});
  const wanted = query.get("model");
  const partner = useMemo(() => {
    const all = partners.all;
    if (!all) return undefined;
    const lastReply = state.messages?.reduce<string | undefined>((found, each) => (each.role === "assistant" ? (each.model ?? found) : found), undefined);
    return (
      partnerOf(all, choices[id ?? ""]) ??
      (id === undefined ? partnerOf(all, wanted) : partnerOf(all, lastReply)) ??
      partnerOf(all, localStorage.getItem(LAST_MODEL)) ??
      firstPartner(all, partners.config)
    );
  }, [partners.all, partners.config, choices, id, wanted, state.messages]);
  const standing = useStanding(partner, partners.reload);

  const title = entry?.title ?? (id === undefined ? say("newChat") : say("untitled"));
  useEffect(() => {
    document.title = `${title} · Luthier`;
  }, [title]);
  useEffect(() => {
    void talk?.load();
    setProblem(undefined);
    setDrawerOpen(false);
    if (matchMedia("(pointer: fine)").matches) composer.current?.focus();
    else if (isNavigated()) heading.current?.focus({ preventScroll: true });
  }, [talk]);
  useEffect(() => {
    const seen = () => document.visibilityState === "visible" && void talk?.load();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [talk]);

  // Come to from a model: it is loaded while the question is thought of.
  const { load } = standing;
  const isWanted = id === undefined && wanted !== null && partner !== undefined && partnerOf(partners.all ?? [], wanted)?.id === partner.id;
  const isUnloaded = standing.standing?.status === "unloaded";
  const loadedFor = useRef<string>();
  useEffect(() => {
    if (!isWanted || !isUnloaded || loadedFor.current === wanted) return;
    loadedFor.current = wanted ?? undefined;
    void load();
  }, [isWanted, isUnloaded, wanted, load]);

  const choose = (choice: Partner) => {
    setChoices((old) => ({ ...old, [id ?? ""]: choice.id }));
    localStorage.setItem(LAST_MODEL, choice.id);
    composer.current?.focus();
  };
  // The server remembers it for a conversation, this browser for the next new one, which a link may bring one along for.
  const [nextIndex, setNextIndex] = useState<{ readonly name: string | undefined }>();
  const nextName = nextIndex ? nextIndex.name : (query.get("index") ?? lookupOf(user?.username));
  const index = id === undefined ? nextName : (own.data?.index ?? undefined);
  const chooseIndex = async (name: string | undefined) => {
    if (id === undefined) {
      keepLookup(user?.username, name);
      setNextIndex({ name });
    } else {
      setProblem(undefined);
      try {
        own.show(await ask("PATCH /conversations/{session_id}", { path: { session_id: id }, body: { index: name ?? "" } }));
      } catch (error) {
        setProblem(asProblem(error));
      }
    }
    composer.current?.focus();
  };
  const how = useCallback(() => ({ model: partner?.id ? partner.id : undefined, index }), [partner?.id, index]);
  const change = async (choice: Settings) => {
    if (id === undefined) newSettings.set(choice);
    else own.show(await ask("PATCH /conversations/{session_id}", { path: { session_id: id }, body: { settings: choice } }));
  };
  // What the next new conversation has is chosen anew.
  const chooseNothing = () => {
    keepLookup(user?.username, undefined);
    setNextIndex(undefined);
  };
  const send = async (text: string) => {
    setProblem(undefined);
    if (talk) {
      talk.send(text, how());
      return;
    }
    try {
      const { session_id } = await ask("POST /conversations");
      if (!areNone(fresh) || index !== undefined) {
        const body = { ...(areNone(fresh) ? {} : { settings: fresh }), ...(index === undefined ? {} : { index }) };
        await ask("PATCH /conversations/{session_id}", { path: { session_id }, body });
        newSettings.set({});
      }
      const made = conversation(session_id);
      made.state.set({ messages: [] });
      made.send(text, how());
      chooseNothing();
      const choice = choices[""] ?? partner?.id;
      if (choice !== undefined) setChoices((old) => ({ ...old, [session_id]: choice, "": choice }));
      navigate(`/app/chat/${session_id}`, { replace: true });
      changedConversations();
    } catch (error) {
      setProblem(asProblem(error));
      throw error;
    }
  };

  const isMissing = state.problem?.status === 404 || state.problem?.status === 422;
  const hasNobody = partners.all?.length === 0;
  const panel = <SidePanel list={list} chosen={id} onLeave={() => setDrawerOpen(false)} />;
  return (
    <div className="chat">
      {isNarrow ? isDrawerOpen && <Drawer onClose={() => setDrawerOpen(false)}>{panel}</Drawer> : panel}
      <section className="chat-main" aria-label={say("title")}>
        <header className="chat-head">
          {isNarrow && <IconButton icon="list" label={say("conversations")} onClick={() => setDrawerOpen(true)} />}
          <h1 ref={heading} tabIndex={-1} title={title}>
            {title}
          </h1>
          {isNarrow && id !== undefined && <IconButton icon="plus" label={say("newChat")} onClick={() => navigate("/app/chat")} />}
          {entry && <ConversationMenu entry={entry} onChange={list.reload} isChosen />}
        </header>
        {state.problem ? (
          <div className="chat-column chat-centre">
            {isMissing ? (
              <Empty
                title={say("gone")}
                actions={
                  <ButtonLink to="/app/chat" look="primary">
                    {say("newChat")}
                  </ButtonLink>
                }
              />
            ) : (
              <ProblemNote problem={state.problem} onRetry={() => void talk?.load()} />
            )}
          </div>
        ) : talk && !state.messages ? (
          <Waiting />
        ) : talk && ((state.messages?.length ?? 0) > 0 || state.live || state.fault) ? (
          <Thread key={talk.id} talk={talk} options={how} partner={partner} standing={standing.standing} wanted={query.get("message")} />
        ) : (
          <Greeting partner={partner} hasNobody={hasNobody} onExample={(text) => composer.current?.write(text)} />
        )}
        {!isMissing && !hasNobody && (
          <div className="chat-foot">
            {(problem ?? partners.problem) && (
              <div className="chat-column">
                <ProblemNote problem={(problem ?? partners.problem) as Problem} {...(problem ? {} : { onRetry: partners.reload })} />
              </div>
            )}
            <ModelNote partner={partner} standing={standing} isAsked={state.live !== undefined && state.live.model === (partner?.id || undefined)} />
            <Composer
              ref={composer}
              draft={draftKey(user?.username, id)}
              unsent={state.unsent}
              onUnsentTaken={() => talk?.takeUnsent()}
              isLive={state.live !== undefined}
              onSend={send}
              onStop={() => stop(talk, setProblem)}
              partners={partners}
              partner={partner}
              standing={standing}
              onChoose={choose}
              settings={settings}
              onSettings={change}
              lookup={{ name: index, onChoose: chooseIndex }}
            />
          </div>
        )}
      </section>
    </div>
  );
}

function stop(talk: Conversation | undefined, fail: (problem: Problem) => void): void {
  talk?.stop().catch((error: unknown) => fail(asProblem(error)));
}

function Waiting() {
  const say = useWords(uiWords);
  return (
    <div className="chat-scroll">
      <div className="chat-column">
        <Skeleton label={say("loading")} lines={6} />
      </div>
    </div>
  );
}

/** Before the first word: whom one talks to, and what one may ask. */
function Greeting(props: { partner: Partner | undefined; hasNobody: boolean; onExample: (text: string) => void }) {
  const say = useWords(chatWords);
  const { partner, hasNobody, onExample } = props;
  if (hasNobody) {
    return (
      <div className="chat-column chat-centre">
        <Empty
          title={say("noModels")}
          actions={
            <>
              <ButtonLink to="/app/tasks/new" look="primary" icon="plus">
                {say("toTraining")}
              </ButtonLink>
              <ButtonLink to="/app/models">{say("toModels")}</ButtonLink>
            </>
          }
        >
          {say("noModelsHelp")}
        </Empty>
      </div>
    );
  }
  const isOutside = partner?.type === "external";
  return (
    <div className="chat-scroll">
      <div className="chat-column chat-greeting">
        <h2>{say("greeting")}</h2>
        <p>{isOutside ? say("greetingOutside", { model: partner.name }) : say(partner ? "greetingHere" : "greetingHelp")}</p>
        <div className="chat-examples">
          {(["example1", "example2", "example3", "example4"] as const).map((each) => (
            <button key={each} type="button" className="chat-example" onClick={() => onExample(say(each))}>
              {say(each)}
            </button>
          ))}
        </div>
      </div>
    </div>
  );
}
