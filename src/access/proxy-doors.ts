import type { Facts } from "../facts/facts.js";
import type { Declared, DeclaredConnect } from "../model/declared.js";
import { errorProblem, type Problem } from "../model/problem.js";

/** Doors through an RDS Proxy that logs in otherwise than the user does: a member of rds_iam has no password, and nobody else a token. */
export const proxyDoors = ({ iamRoles, iamDoors, roles }: Declared, facts: Facts): Problem[] =>
  [...iamRoles.values(), ...iamDoors].flatMap(({ connect }) =>
    connect
      .filter(({ viaProxy }) => viaProxy)
      .flatMap((one) => (one.clusters ?? []).flatMap((cluster) => misfit(one, roles.get(one.user)?.login === "iam", cluster, facts))),
  );

function misfit({ user, place }: DeclaredConnect, isIam: boolean, cluster: string, { clusters }: Facts): Problem[] {
  const proxy = clusters.get(cluster)?.snapshot.rds?.proxy;
  if (!proxy || proxy.keepsSecrets !== isIam) return [];
  const name = `RDS Proxy ${proxy.name} of cluster ${cluster}`;
  return [
    isIam
      ? errorProblem(
          "proxy-keeps-secrets",
          `${name} logs in with passwords from Secrets Manager, which user "${user}" of rds_iam cannot use.`,
          {
            place,
            hint: `Write login: external for "${user}" and keep its password in the proxy's secret, or use a proxy with DefaultAuthScheme IAM_AUTH.`,
          },
        )
      : errorProblem("proxy-logs-in-by-iam", `${name} logs in by IAM from end to end, and user "${user}" does not log in by IAM.`, {
          place,
          hint: `Write login: iam for "${user}".`,
        }),
  ];
}
