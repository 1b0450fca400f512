import type { Answer } from "./aws-front.js";
import type { TrailRecord } from "./trail-records.js";

const DAY_SECONDS = 86_400;

interface Lookup {
  readonly LookupAttributes?: readonly { readonly AttributeKey?: string; readonly AttributeValue?: string }[];
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** CloudTrail's LookupEvents, which the emulator lacks: of one account and Region, 90 days, newest first, at most 50 a page, one attribute. */
export function lookUp(
  records: readonly TrailRecord[],
  whose: { readonly account: string; readonly region: string },
  body: string,
  now: number,
): Answer {
  const asked: Lookup = JSON.parse(body);
  const {
    LookupAttributes: attributes = [],
    StartTime: from = 0,
    EndTime: to = now / 1000,
    MaxResults: size = 50,
    NextToken: token,
  } = asked;
  if (attributes.length > 1) return refused("InvalidLookupAttributesException", "You can specify only one lookup attribute.");
  if (size < 1 || size > 50) return refused("InvalidMaxResultsException", "MaxResults must be between 1 and 50.");
  const [attribute] = attributes;
  const events = records
    .filter(({ account, region }) => account === whose.account && region === whose.region)
    .map(eventOf)
    // Events have whole seconds.
    .filter(({ EventTime }) => EventTime >= Math.floor(Math.max(from, now / 1000 - 90 * DAY_SECONDS)) && EventTime <= to)
    .filter((event) => attribute === undefined || matches(event, attribute.AttributeKey ?? "", attribute.AttributeValue ?? ""))
    .reverse()
    .sort((a, b) => b.EventTime - a.EventTime);
  const start = token === undefined ? 0 : Number(token);
  const next = start + size < events.length ? { NextToken: String(start + size) } : {};
  return json(200, { Events: events.slice(start, start + size), ...next });
}

interface Event {
  readonly EventId: string;
  readonly EventName: string;
  readonly EventSource: string;
  /** Seconds since 1970. */
  readonly EventTime: number;
  readonly Username: string;
  readonly ReadOnly: string;
  readonly Resources: readonly { readonly ResourceType: string; readonly ResourceName: string }[];
  readonly CloudTrailEvent: string;
}

function eventOf({ record }: TrailRecord): Event {
  const { roleArn, roleSessionName: session = "" } = (record["requestParameters"] ?? {}) as {
    readonly roleArn?: string;
    readonly roleSessionName?: string;
  };
  // The history knows what an event is about, whether its record says so or not.
  const taken = roleArn === undefined ? [] : [{ ARN: roleArn, type: "AWS::IAM::Role" }];
  const resources = (record["resources"] ?? taken) as readonly { readonly ARN: string; readonly type: string }[];
  return {
    EventId: String(record["eventID"]),
    EventName: String(record["eventName"]),
    EventSource: String(record["eventSource"]),
    EventTime: Date.parse(String(record["eventTime"])) / 1000,
    Username: session,
    ReadOnly: "true",
    Resources: resources.map(({ ARN, type }) => ({ ResourceType: type, ResourceName: ARN })),
    CloudTrailEvent: JSON.stringify(record),
  };
}

function matches(event: Event, key: string, value: string): boolean {
  if (key === "ResourceName") return event.Resources.some(({ ResourceName }) => ResourceName === value);
  if (key === "EventName" || key === "EventSource" || key === "Username") return event[key] === value;
  return key === "EventId" && event.EventId === value;
}

const refused = (type: string, message: string): Answer => json(400, { __type: type, message });

const json = (status: number, value: object): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: Buffer.from(JSON.stringify(value)),
});
