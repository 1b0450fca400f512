/**
 * AWS's own policies that let whoever carries them connect as everybody (AWS managed policy reference): their documents are not in
 * the sweep of an account. null: not one of them.
 */
export function awsManagedDocument(arn: string): string | null {
  const name = /^arn:[^:]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1] ?? "";
  const statement = OPEN.get(name);
  return statement ? JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement, Resource: "*" }] }) : null;
}

const OPEN = new Map<string, Readonly<Record<string, unknown>>>([
  ["AdministratorAccess", { Action: "*" }],
  ["PowerUserAccess", { NotAction: ["iam:*", "organizations:*", "account:*"] }],
]);
