import { ASSUME, type Trusted, trustOf } from "../../src/policies/trust.js";

/** A trust without conditions. */
export function trustDocument({ services, roles }: { readonly services: readonly string[]; readonly roles: readonly string[] }): string {
  const one =
    (type: Trusted["type"]) =>
    (id: string): Trusted => ({ type, id, actions: [ASSUME], conditions: [] });
  return trustOf([...services.map(one("Service")), ...roles.map(one("AWS"))], []);
}
