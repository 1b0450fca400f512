import { once } from "node:events";
import { createWriteStream } from "node:fs";

const USERS = ["oltp_ro_user", "oltp_rw_user", "pgmonitor", "batch", "report user", "etl", "app", "grafana"];
const DATABASES = ["demo", "reporting", "my shop"];
const TLS = "SSL enabled (protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)";
const START = Date.UTC(2026, 10, 24, 0, 0, 0);

/** Of a busy RDS server: each connection with its lines as PostgreSQL 16 writes them, every fiftieth refused, by PAM or behind `authorized`. The same bytes each time. */
export async function writeLoginLog(path: string, connections: number): Promise<void> {
  const stream = createWriteStream(path, { highWaterMark: 1 << 20 });
  let text = "";
  for (let i = 0; i < connections; i++) {
    text += connectionLines(i);
    if (text.length < 1 << 20) continue;
    if (!stream.write(text)) await once(stream, "drain");
    text = "";
  }
  stream.end(text);
  await once(stream, "close");
}

function connectionLines(i: number): string {
  const [user, database] = [USERS[i % USERS.length] ?? "", DATABASES[i % DATABASES.length] ?? ""];
  const at = new Date(START + i * 200).toISOString().slice(0, 19).replace("T", " ");
  const [address, pid] = [`10.${i % 250}.${i % 199}.7(${10_000 + (i % 50_000)})`, 1000 + (i % 30_000)];
  const method = i % 3 === 0 ? "scram-sha-256" : "pam";
  const line = (who: string, rest: string): string => `${at} UTC:${address}:${who}:[${pid}]:${rest}\n`;
  const received = line("[unknown]@[unknown]", `LOG:  connection received: host=${address.split("(")[0]} port=${10_000 + (i % 50_000)}`);
  const who = `${user}@${database}`;
  if (i % 100 === 99)
    return [
      received,
      line(who, "LOG:  pam_authenticate failed: Permission denied"),
      line(who, `FATAL:  PAM authentication failed for user "${user}"`),
      line(who, 'DETAIL:  Connection matched file "/rdsdbdata/config/pg_hba.conf" line 15: "hostssl all +rds_iam all pam"'),
    ].join("");
  const authenticated = line(who, `LOG:  connection authenticated: identity="${user}" method=${method} (/rdsdbdata/config/pg_hba.conf:15)`);
  const authorized = line(who, `LOG:  connection authorized: user=${user} database=${database} application_name=service-${i % 40} ${TLS}`);
  if (i % 100 === 49)
    return [
      received,
      authenticated,
      authorized,
      line(who, `FATAL:  permission denied for database "${database}"`),
      line(who, "DETAIL:  User does not have CONNECT privilege."),
    ].join("");
  return [
    received,
    authenticated,
    authorized,
    line(
      who,
      `LOG:  disconnection: session time: 0:00:00.011 user=${user} database=${database} host=${address.split("(")[0]} port=${10_000 + (i % 50_000)}`,
    ),
  ].join("");
}
