import { ask } from "../api/client.js";
import { observable, useObservable } from "../api/observable.js";
import { forgetAnswers } from "../api/resource.js";
import { session } from "../api/session.js";
import type { UserReply } from "../api/types.js";

/** Who is signed in, once that is known. */
const user = observable<UserReply | undefined>(undefined);

export function useUser(): UserReply | undefined {
  return useObservable(user);
}

export function showUser(known: UserReply): void {
  user.set(known);
}

async function read(): Promise<void> {
  const token = session.get()?.token;
  user.set(undefined);
  forgetAnswers();
  for (let pause = 1_000; token !== undefined && session.get()?.token === token; pause = Math.min(pause * 2, 15_000)) {
    try {
      const known = await ask("GET /api/auth/me");
      if (session.get()?.token === token) user.set(known);
      return;
    } catch {
      // A token that is not taken any more has ended the session by now; else the server is away.
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Keeps the user that of the session. Called once. */
export function startAccount(): void {
  void read();
  session.subscribe(() => void read());
}
