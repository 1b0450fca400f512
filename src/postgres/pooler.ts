import type { Session } from "./session-open.js";

/** Each asks the pooler for a session again; one that takes turns has given another one by then. */
const QUESTIONS = 3;

/**
 * A session's own state shows whether it is one: with one session of the server behind all of ours the second connection finds the
 * mark of the first, or takes it away; with several the first gets another one while the second holds a transaction open.
 */
export async function proveDirect(first: Session, connectAgain: () => Promise<Session>): Promise<void> {
  const second = await connectAgain();
  try {
    await first.ask();
    await second.begin("snapshot");
    for (let i = 0; i < QUESTIONS; i++) await first.ask();
    await second.query("COMMIT");
    await second.ask();
  } finally {
    await second.end().catch(() => undefined);
  }
}
