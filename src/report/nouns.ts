import type { Principal } from "../model/principal.js";
import type { Thing } from "../model/thing.js";
import { counted } from "./visible.js";

/** Plurals that are more than an s. */
const PLURALS: ReadonlyMap<string, string> = new Map([
  ["IAM policy", "IAM policies"],
  ["inline policy", "inline policies"],
  ["default privileges", "default privileges"],
]);

/** `1 IAM policy`, `5,000 IAM policies`. */
export const countedNoun = (count: number, noun: string): string => counted(count, noun, PLURALS.get(noun));

/** What several principals of one sort are called. */
export function nounOfPrincipal(who: Principal): string {
  switch (who.type) {
    case "role":
      return "role";
    // Never one of several: it is wider than they all.
    case "public":
      return "PUBLIC";
    case "iam":
      return `IAM ${who.kind}`;
    case "policy":
      return "IAM policy";
    case "instance":
      return "EC2 instance";
    case "instance-profile":
    case "service":
      return who.type.replace("-", " ");
    default:
      return "principal";
  }
}

const THINGS: { readonly [T in Exclude<Thing["type"], "object">]: string } = {
  later: "later objects",
  membership: "role",
  login: "cluster",
  door: "user",
  "iam-role": "IAM role",
  "iam-policy": "account",
  arn: "resource",
};

/** What several things of one sort are called. */
export const nounOfThing = (on: Thing): string => (on.type === "object" ? on.of.type : THINGS[on.type]);
