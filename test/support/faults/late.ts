import type { Dice } from "./dice.js";
import { type Answer, type Ask, type Call, errorOf } from "./upstream.js";

/** What IAM shows and knows late: reads answer what was so before, and new things are not there yet for what refers to them. */
export interface Late {
  /** Before a call that changes something is carried out. */
  readonly before: (call: Call) => Promise<void>;
  /** After it was. */
  readonly after: (call: Call, answer: Answer) => void;
  /** What a reading call is told instead of what is so. */
  readonly read: (call: Call) => Answer | null;
  /** What a call is told that refers to something too new. */
  readonly refusal: (call: Call) => Answer | null;
  /** Of IAM roles that are there, instead of their ARNs in trusts. */
  readonly rewrite: (call: Call, text: string) => string;
}

const READS = ["GetAccountAuthorizationDetails", "ListInstanceProfiles"];
const CHANGES = /^(Create|Delete|Attach|Detach|Update|Put|Add|Remove|Tag|Untag)/;
const MOST = 4;

interface Old {
  readonly answer: Answer;
  left: number;
}

export function createLate(dice: Dice, ask: Ask, onLate: (what: string) => void): Late {
  const old = new Map<string, Old>();
  const young = new Map<string, number>();
  const ids = new Map<string, { readonly id: string; left: number }>();
  return {
    before: async (call) => {
      if (!CHANGES.test(call.action) || dice.next(`late ${call.action}`) > 0.4) return;
      const left = dice.between(`reads ${call.action}`, 1, MOST);
      for (const action of READS) {
        const name = `${call.key} ${action}`;
        const known = old.get(name);
        if (known && known.left > 0) known.left = Math.max(known.left, left);
        else old.set(name, { answer: await ask(call, action, {}), left });
      }
      onLate("late reads");
    },
    after: (call, { status, text }) => {
      const [, arn] = /<Arn>([^<]+)<\/Arn>/.exec(text) ?? [];
      if (status !== 200 || arn === undefined || !/^Create(Role|Policy|InstanceProfile)$/.test(call.action)) return;
      const [, id] = /<RoleId>([^<]+)<\/RoleId>/.exec(text) ?? [];
      if (id !== undefined) ids.set(arn, { id, left: dice.between(`ids ${arn}`, 0, 2) });
      young.set(arn, dice.between(`young ${arn}`, 0, MOST));
    },
    read: (call) => {
      const known = old.get(`${call.key} ${call.action}`);
      if (!known || known.left === 0) return null;
      known.left--;
      return known.answer;
    },
    refusal: (call) => {
      if (!CHANGES.test(call.action)) return null;
      const [arn, left] = [...young].find(([one, times]) => times > 0 && refersTo(call, one)) ?? [];
      if (arn === undefined || left === undefined) return null;
      young.set(arn, left - 1);
      onLate("too new");
      if (documentOf(call).includes(arn)) return errorOf(400, "MalformedPolicyDocument", `Invalid principal in policy: "AWS":"${arn}"`);
      return errorOf(404, "NoSuchEntity", `${arn} cannot be found.`);
    },
    rewrite: ({ action }, text) => {
      if (action !== "GetAccountAuthorizationDetails") return text;
      return [...ids].reduce((sofar, [arn, one]) => {
        if (one.left === 0 || !sofar.includes(encodeURIComponent(arn))) return sofar;
        one.left--;
        onLate("unique ids");
        return sofar.replaceAll(encodeURIComponent(`"${arn}"`), encodeURIComponent(`"${one.id}"`));
      }, text);
    },
  };
}

const documentOf = ({ body }: Call): string =>
  body.get("AssumeRolePolicyDocument") ?? (body.has("RoleName") ? (body.get("PolicyDocument") ?? "") : "");

/** By its name, in the same account, or by its ARN. Who makes it does not refer to it. */
function refersTo(call: Call, arn: string): boolean {
  if (documentOf(call).includes(arn) || call.body.get("PolicyArn") === arn) return true;
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  if (/^(Create|Delete)(Role|Policy|InstanceProfile)$/.test(call.action)) return false;
  return arn.includes(":role/") ? call.body.get("RoleName") === name : call.body.get("InstanceProfileName") === name;
}
