/** What the server said of a field. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
}

/** Why a request did not do what it was to do: the server's envelope (docs/api.md), or that there was no answer. */
export class Problem extends Error {
  constructor(
    /** Stable, for programs; `no_answer` where the server could not be reached. */
    readonly code: string,
    message: string,
    readonly status: number,
    readonly hint?: string,
    readonly fields: readonly FieldProblem[] = [],
    readonly requestID?: string,
  ) {
    super(message);
  }

  /** What was said of one field. */
  of(field: string): FieldProblem | undefined {
    return this.fields.find((each) => each.field === field);
  }
}

/** The problem that an answer tells of, whatever it holds. */
export async function problemOf(answer: Response): Promise<Problem> {
  try {
    const envelope: unknown = await answer.json();
    if (isEnvelope(envelope)) {
      const { code, error, hint, fields, request_id } = envelope;
      return new Problem(code, error, answer.status, hint ?? undefined, fields ?? [], request_id ?? undefined);
    }
  } catch {
    // Not ours: a proxy between us.
  }
  return new Problem("no_answer", `${answer.status} ${answer.statusText}`.trim(), answer.status);
}

interface Envelope {
  readonly code: string;
  readonly error: string;
  readonly hint?: string | null;
  readonly fields?: FieldProblem[] | null;
  readonly request_id?: string | null;
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === "object" && value !== null && "code" in value && "error" in value;
}
