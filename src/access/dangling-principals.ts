import type { Facts } from "../facts/facts.js";
import { isManaged } from "../facts/iam-things.js";
import { keyOf } from "../model/key.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { atomsOf } from "../policies/atoms.js";
import { isUniqueId } from "../policies/unique-ids.js";
import { namesText } from "./few.js";

/** Trusts of declared IAM roles that name somebody who was deleted. */
export const danglingPrincipals = (facts: Facts): Problem[] =>
  [...facts.accounts.values()].flatMap((account) =>
    [...account.iamRoles.values()].flatMap(({ name, manage, place }) => {
      const live = account.snapshot.roles.get(name);
      if (!live || manage !== "whole" || !isManaged(facts, account, "iam.role", live)) return [];
      const ids = atomsOf(live.trust).flatMap(({ principal }) => (principal && isUniqueId(principal.id) ? [principal.id] : []));
      if (ids.length === 0) return [];
      const message = `The trust of IAM role ${name} in account ${account.name} names ${namesText([...new Set(ids)])}: an IAM role or IAM user that was deleted.`;
      const hint = "One of the same name that was made since does not get in until the trust is saved anew, which this plan does.";
      return [warningProblem("dangling-principal", message, { place, key: keyOf("iam.role", { account: account.name, name }), hint })];
    }),
  );
