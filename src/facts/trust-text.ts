import type { TrustEntry } from "../model/declared.js";

/** Whom an entry of a trust lets in, in words. */
export function trustText(entry: TrustEntry): string {
  switch (entry.type) {
    case "service":
      return entry.service;
    case "role":
      return `IAM role ${entry.role}`;
    case "arn":
      return entry.arn;
    case "account":
      return `account ${entry.account}`;
    case "oidc":
    case "saml":
      return entry.provider;
    case "statement":
      return "a statement of its own";
  }
}
