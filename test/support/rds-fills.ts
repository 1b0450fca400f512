/** What the emulated RDS forgets or never does, put into its answers: a fill of startAwsProxy. */
export interface RdsFills {
  readonly fill: (request: URLSearchParams, answer: string) => string;
  /** So many descriptions after ModifyDBCluster still say what was before. */
  readonly delay: (descriptions: number) => void;
  /** Modifications of the cluster or instance that wait for its maintenance window, as XML. */
  readonly pend: (id: string, xml: string) => void;
  /** From now on every RDS Proxy logs in by IAM from end to end. */
  readonly proxyByIam: () => void;
  /** The parameter group of a cluster. */
  readonly group: (id: string, name: string) => void;
}

export function createRdsFills(): RdsFills {
  const iamAuth = new Map<string, { readonly on: boolean; after: number }>();
  const pending = new Map<string, string>();
  const groups = new Map<string, string>();
  let byIam = false;
  let delay = 0;

  const describe = (id: string, xml: string): string => {
    const set = iamAuth.get(id);
    const isShown = set !== undefined && set.after-- <= 0;
    const shown = isShown ? withElement(xml, "IAMDatabaseAuthenticationEnabled", String(set.on)) : xml;
    const group = groups.get(id);
    const grouped = group === undefined ? shown : withElement(shown, "DBClusterParameterGroup", group);
    const waits = pending.get(id);
    return waits === undefined ? grouped : withElement(grouped, "PendingModifiedValues", waits);
  };

  return {
    fill: (request, answer) => {
      const action = request.get("Action");
      const id = request.get("DBClusterIdentifier");
      const flag = request.get("EnableIAMDatabaseAuthentication");
      if (action === "ModifyDBCluster" && id && flag) iamAuth.set(id, { on: flag === "true", after: delay });
      if (action === "DescribeDBClusters") return eachOf(answer, "DBCluster", "DBClusterIdentifier", describe);
      if (action === "DescribeDBProxies" && byIam)
        return answer.replace(/<\/DBProxyArn>/g, "$&<DefaultAuthScheme>IAM_AUTH</DefaultAuthScheme>");
      return action === "DescribeDBInstances" ? eachOf(answer, "DBInstance", "DBInstanceIdentifier", describe) : answer;
    },
    delay: (descriptions) => {
      delay = descriptions;
    },
    proxyByIam: () => {
      byIam = true;
    },
    group: (id, name) => void groups.set(id, name),
    pend: (id, xml) => void pending.set(id, xml),
  };
}

/** Each element of a list, by its identifier. */
function eachOf(answer: string, element: string, identifier: string, change: (id: string, xml: string) => string): string {
  const one = new RegExp(`<${element}>[\\s\\S]*?</${element}>`, "g");
  const name = new RegExp(`<${identifier}>([^<]*)</${identifier}>`);
  return answer.replace(one, (xml) => change(name.exec(xml)?.[1] ?? "", xml));
}

/** In place of the one that is there, else as the last. */
function withElement(xml: string, name: string, content: string): string {
  const text = `<${name}>${content}</${name}>`;
  const there = new RegExp(`<${name}>[\\s\\S]*?</${name}>|<${name}/>`);
  return there.test(xml) ? xml.replace(there, text) : xml.replace(/<\/\w+>$/, (end) => `${text}${end}`);
}
