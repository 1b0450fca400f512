import type { OwnPolicy, OwnPurpose } from "../access/own-policy.js";
import { visible } from "./visible.js";

/** JSON alone where there is one; of several each under a line that says whose it is. */
export function renderOwnPolicies(policies: readonly OwnPolicy[], purpose: OwnPurpose): string {
  const [first, ...others] = policies.map((policy) => ({
    whose: whose(policy, purpose),
    text: `${JSON.stringify(policy.document, null, 2)}\n`,
  }));
  if (!first) return "";
  return others.length === 0 ? first.text : [first, ...others].map(({ whose: who, text }) => `# ${who}\n${text}`).join("\n");
}

export const renderOwnPoliciesJson = (policies: readonly OwnPolicy[]): string =>
  `${JSON.stringify({ version: 1, policies: policies.map((one) => ({ ...one, characters: sizeOf(one) })) }, null, 2)}\n`;

/** What a reader must know of them, a line each. */
export const notesOnPolicies = (policies: readonly OwnPolicy[], purpose: OwnPurpose): string =>
  policies.map((policy) => `${[whose(policy, purpose), ...notesOn(policy)].join(" ")}\n`).join("");

const sizeOf = ({ document }: OwnPolicy): number => JSON.stringify(document).length;

/** Of a managed policy, in characters without white space. */
const LIMIT = 6144;

function whose({ account, id, role }: OwnPolicy, purpose: OwnPurpose): string {
  const runs = purpose === "review" ? "evidence collect, logins and review" : purpose;
  const named = purpose === "apply" ? "apply_role" : "plan_role";
  const who = role === null ? `the credentials that run pgaccord ${runs}` : `${visible(role)}, the ${named}`;
  return `Account ${visible(account)} (${id}): for ${who}.`;
}

function notesOn(policy: OwnPolicy): string[] {
  const size = sizeOf(policy);
  return [
    ...(policy.role === null ? [] : ["Its trust must name the caller, who needs sts:AssumeRole on it."]),
    ...(size > LIMIT ? [`It has ${size} characters, and a managed policy at most ${LIMIT}: spread its statements over several.`] : []),
  ];
}
