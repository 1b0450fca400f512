import type { AccountFacts, Facts } from "../facts/facts.js";
import type { Declared, DeclaredIamRole, TrustEntry } from "../model/declared.js";
import { isObject, type JsonObject, parseJson } from "../policies/json.js";
import { ASSUME, type Trusted, trustOf as trustText } from "../policies/trust.js";
import { type DocumentPart, sourcesOfParts } from "./document-rights.js";
import { wholeSources } from "./spec.js";
import { arnOfRole, sourceOf, type WantedDocument } from "./wanted-iam.js";

/** The trust of an IAM role as the file writes it. */
export function trustOf(declared: Declared, facts: Facts, account: AccountFacts, role: DeclaredIamRole): WantedDocument {
  const each = role.trust.map((entry) => ({ entry, ...trustedBy(declared, facts, account, entry) }));
  const parts = each
    .filter(({ trusted, statements }) => trusted.length + statements.length > 0)
    .map(({ entry, trusted, statements }): DocumentPart => ({ document: trustText(trusted, statements), source: sourceOf(entry) }));
  const document = trustText(
    each.flatMap(({ trusted }) => trusted),
    each.flatMap(({ statements }) => statements),
  );
  return { document, sources: sourcesOfParts(parts, wholeSources(role.place, role.until).whole) };
}

interface Parts {
  readonly trusted: readonly Trusted[];
  readonly statements: readonly JsonObject[];
}
const NOBODY: Parts = { trusted: [], statements: [] };

/** Nobody, while an account of the entry is not known: of a pull request's own accounts nothing is followed. */
function trustedBy(declared: Declared, facts: Facts, { declared: account }: AccountFacts, entry: TrustEntry): Parts {
  const more = [
    ...(entry.externalId === null ? [] : [{ StringEquals: { "sts:ExternalId": [entry.externalId] } }]),
    ...(entry.condition === null ? [] : [objectOf(entry.condition)]),
  ];
  const one = (type: Trusted["type"], id: string, actions: readonly string[] = [ASSUME], own: readonly JsonObject[] = []): Parts => ({
    trusted: [{ type, id, actions, conditions: [...own, ...more] }],
    statements: [],
  });
  const { partition, id } = account;
  switch (entry.type) {
    case "service": {
      const source = entry.sourceAccount === null ? [] : [{ StringEquals: { "aws:SourceAccount": [entry.sourceAccount] } }];
      return one("Service", entry.service, entry.service.startsWith(POD_IDENTITY) ? [ASSUME, "sts:TagSession"] : [ASSUME], source);
    }
    case "role": {
      const other = declared.iamRoles.get(entry.role);
      const arn = other && arnOfRole(declared, facts, other);
      return arn ? one("AWS", arn) : NOBODY;
    }
    case "arn":
      return one("AWS", entry.arn);
    case "account": {
      const of = declared.accounts.get(entry.account);
      return of ? one("AWS", `arn:${of.partition}:iam::${of.id}:root`) : NOBODY;
    }
    case "oidc": {
      const provider = `arn:${partition}:iam::${id}:oidc-provider/${entry.provider}`;
      return one("Federated", provider, ["sts:AssumeRoleWithWebIdentity"], [oidcCondition(entry)]);
    }
    case "saml": {
      const audience = { StringEquals: { "SAML:aud": [SAML_AUDIENCE[partition] ?? SAML_AUDIENCE["aws"] ?? ""] } };
      return one("Federated", `arn:${partition}:iam::${id}:saml-provider/${entry.provider}`, ["sts:AssumeRoleWithSAML"], [audience]);
    }
    case "statement":
      return { trusted: [], statements: [objectOf(entry.statement)] };
  }
}

/** EKS tags the sessions that it takes (EKS user guide, "EKS Pod Identity"). */
const POD_IDENTITY = "pods.eks.amazonaws.com";

/** Where a sign-in ends (IAM user guide, "SAML"). */
const SAML_AUDIENCE: Readonly<Record<string, string>> = {
  aws: "https://signin.aws.amazon.com/saml",
  "aws-cn": "https://signin.amazonaws.cn/saml",
  "aws-us-gov": "https://signin.amazonaws-us-gov.com/saml",
};

/** Without a condition on the subject, whoever has any token of the provider would come in. */
function oidcCondition({ provider, subjects, audience }: Extract<TrustEntry, { type: "oidc" }>): JsonObject {
  const operator = subjects.some((subject) => /[*?]/.test(subject)) ? "StringLike" : "StringEquals";
  const aud = { [`${provider}:aud`]: [audience] };
  const sub = { [`${provider}:sub`]: subjects };
  return operator === "StringEquals" ? { StringEquals: { ...aud, ...sub } } : { StringEquals: aud, StringLike: sub };
}

/** The resolver wrote it. */
function objectOf(json: string): JsonObject {
  const value = parseJson(json);
  return isObject(value) ? value : {};
}
