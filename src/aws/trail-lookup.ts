import type { CloudTrailClient, Event, LookupAttribute, LookupEventsResponse } from "@aws-sdk/client-cloudtrail";
import { type AssumeEvent, assumeEvent } from "../evidence/cloudtrail.js";
import { DAY_MS } from "../model/day.js";
import { parseObject } from "../model/json.js";

/** The events of one Region's history that were looked for. */
export interface Looked {
  readonly events: readonly AssumeEvent[];
  /** From then on all were read. */
  readonly from: number;
  /** Why not from the beginning; null: from the beginning on. */
  readonly stopped: string | null;
}

export interface Looking {
  readonly client: CloudTrailClient;
  /** Two requests a second for each account and Region. */
  readonly pace: () => Promise<void>;
  readonly since: number;
  readonly now: number;
}

/** LookupEvents keeps that much. */
export const LOOKUP_DAYS = 90;
const MOST_PAGES = 20;
/** Requests of one account and Region are that far apart: two a second, and a little. */
export const PACE_MS = 520;

/** One waits for its turn. */
export function createPace(sleep: (milliseconds: number) => Promise<void>, now: () => number = Date.now): () => Promise<void> {
  let next = 0;
  return async () => {
    const at = Math.max(next, now());
    next = at + PACE_MS;
    if (at > now()) await sleep(at - now());
  };
}

/** Who took an IAM role, by its ARN. Newest first, so that the end of what was read is the beginning of what is known. */
export const lookUpRole = (looking: Looking, role: string, isEnough: (events: readonly AssumeEvent[]) => boolean): Promise<Looked> =>
  lookUp(looking, { AttributeKey: "ResourceName", AttributeValue: role }, (event) => event.role === role, isEnough);

/** All of an account and Region, where the history does not find them by ARN: records of calls from other accounts may name no resource. */
export const lookUpAll = (looking: Looking, eventName: string, roles: ReadonlySet<string>): Promise<Looked> =>
  lookUp(
    looking,
    { AttributeKey: "EventName", AttributeValue: eventName },
    (event) => roles.has(event.role),
    () => false,
  );

async function lookUp(
  looking: Looking,
  attribute: LookupAttribute,
  isAsked: (event: AssumeEvent) => boolean,
  isEnough: (events: readonly AssumeEvent[]) => boolean,
): Promise<Looked> {
  const { since, now } = looking;
  const start = Math.max(since, now - LOOKUP_DAYS * DAY_MS);
  const events: AssumeEvent[] = [];
  let token: string | undefined;
  let oldest = now;
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await nextPage(looking, attribute, start, token);
    const read = answer.Events ?? [];
    oldest = Math.min(oldest, ...read.flatMap(({ EventTime: at }) => at?.getTime() ?? []));
    // AWS counts seconds, and the window may begin between two.
    events.push(...read.flatMap(eventOf).filter((event) => isAsked(event) && event.at >= since));
    token = answer.NextToken;
    if (!token)
      return { events, from: start, stopped: start > since ? `CloudTrail's event history reaches back ${LOOKUP_DAYS} days` : null };
    // Others of the same second may be on the next page.
    if (isEnough(events)) return { events, from: oldest + 1000, stopped: "the search ended when every caller of the file was found" };
  }
  return { events, from: oldest + 1000, stopped: `the search ends after ${MOST_PAGES} pages` };
}

async function nextPage(
  { client, pace, now }: Looking,
  attribute: LookupAttribute,
  start: number,
  token: string | undefined,
): Promise<LookupEventsResponse> {
  const { LookupEventsCommand } = await import("./trail-sdk.js");
  await pace();
  const window = { StartTime: new Date(start), EndTime: new Date(now) };
  return client.send(
    new LookupEventsCommand({ LookupAttributes: [attribute], MaxResults: 50, ...window, ...(token ? { NextToken: token } : {}) }),
  );
}

const eventOf = ({ CloudTrailEvent: text = "" }: Event): AssumeEvent[] => {
  const event = assumeEvent(parseObject(text) ?? {});
  return event ? [event] : [];
};
