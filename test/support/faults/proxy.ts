import { createServer, type ServerResponse } from "node:http";
import { watch } from "../secrets/watch.js";
import { conflictOf } from "./conflicts.js";
import { createDice, type Dice } from "./dice.js";
import { createLate, type Late } from "./late.js";
import { createPages } from "./paging.js";
import { type Answer, askOf, type Call, callOf, errorOf, forward } from "./upstream.js";

/** AWS on a bad day, in front of the emulator; all that happens hangs on a seed. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Faults of that seed from now on; null: none, but pages and DeleteConflict stay. */
  readonly seed: (seed: number | null) => void;
  /** How often what happened since the last seed. */
  readonly happened: ReadonlyMap<string, number>;
  readonly stop: () => Promise<void>;
}

const PAGE = "<html><head><title>502</title></head><body><h1>Bad Gateway</h1><br></body></html>";
const PAGE_SIZE = 3;
/** Of one action: what passes, passes soon. */
const MOST_IN_A_ROW = 3;

const REFUSALS: Readonly<Record<string, Answer & { readonly page?: boolean }>> = {
  throttled: errorOf(400, "Throttling", "Rate exceeded"),
  "internal failure": errorOf(500, "ServiceFailure", "An internal error occurred."),
  "page with 502": { status: 502, text: PAGE, page: true },
  "page with 200": { status: 200, text: PAGE, page: true },
};
const FAULTS = [...Object.keys(REFUSALS), "dropped before", "dropped after"];
/** After one refusal of this kind the SDK's adaptive mode asks so slowly that a day takes a minute: on few days, and once. */
const isThrottled = (seed: number): boolean => seed % 25 === 7;
/** How often a call has one in front of it, and how often a page that is not the first. */
const RATE = { call: 0.1, page: 0.02 };

interface Weather {
  readonly dice: Dice;
  readonly late: Late;
  readonly inRow: Map<string, number>;
  readonly faults: Set<string>;
}

export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const ask = askOf(upstream);
  const pages = createPages(PAGE_SIZE);
  const happened = new Map<string, number>();
  const note = (what: string): void => void happened.set(what, (happened.get(what) ?? 0) + 1);
  let weather: Weather | null = null;

  const answerTo = async (call: Call, late: Late | undefined): Promise<Answer> => {
    const next = pages.next(call);
    if (next !== null) return { status: 200, text: next };
    const told = late?.refusal(call) ?? (await conflictOf(ask, call));
    if (told !== null) return told;
    await late?.before(call);
    const body = new URLSearchParams(call.body);
    body.delete("MaxItems");
    const answer = late?.read(call) ?? (await forward(upstream, { ...call, body }));
    late?.after(call, answer);
    const text = late?.rewrite(call, answer.text) ?? answer.text;
    return { ...answer, text: answer.status === 200 ? pages.first(call, text) : text };
  };

  const serve = async (call: Call, response: ServerResponse): Promise<void> => {
    watch("calls to AWS", call.body.toString());
    const now = weather;
    const fault = now === null ? null : faultOf(now, call);
    if (fault !== null) note(fault);
    const refusal = REFUSALS[fault ?? ""];
    if (refusal) return send(response, refusal);
    if (fault === "dropped before") return void response.destroy();
    const answer = await answerTo(call, now?.late);
    if (fault === "dropped after") response.destroy();
    else send(response, answer);
  };
  const server = createServer((request, response) => {
    void callOf(request)
      .then((call) => serve(call, response))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    happened,
    seed: (seed) => {
      happened.clear();
      const dice = createDice(seed ?? 0);
      weather = seed === null ? null : { dice, late: createLate(dice, ask, note), inRow: new Map(), faults: faultsOn(seed) };
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const faultsOn = (seed: number): Set<string> => new Set(FAULTS.filter((fault) => fault !== "throttled" || isThrottled(seed)));

/** STS is asked by the SDK's own clients, too, and a few times at most: it drops a connection, once. */
function faultOf({ dice, inRow, faults }: Weather, { action, body }: Call): string | null {
  const before = inRow.get(action) ?? 0;
  const isSts = action === "GetCallerIdentity" || action === "AssumeRole";
  const most = isSts ? 1 : MOST_IN_A_ROW;
  if (before >= most || dice.next(action) > RATE[body.has("Marker") ? "page" : "call"]) {
    inRow.set(action, 0);
    return null;
  }
  inRow.set(action, before + 1);
  if (isSts) return "dropped before";
  const fault = faults.has("throttled") ? "throttled" : [...faults][dice.between(`fault of ${action}`, 0, faults.size - 1)];
  faults.delete("throttled");
  return fault ?? null;
}

function send(response: ServerResponse, { status, text, page = false }: Answer & { readonly page?: boolean }): void {
  response.writeHead(status, { "content-type": page ? "text/html; charset=utf-8" : "text/xml", "x-amzn-requestid": "fault-proxy" });
  response.end(text);
}
