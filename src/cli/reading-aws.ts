import type { Aws } from "../aws/client.js";
import type { Declared } from "../model/declared.js";
import type { CliIo } from "./io.js";
import { passwordsOf } from "./log-mask.js";

/** AWS as whoever reads asks it, with the file's secrets out of the log. */
export async function awsOf(io: CliIo, declared: Declared): Promise<Aws> {
  const { createAws } = await import("../aws/client.js");
  return createAws({ env: io.env, log: io.log.hiding(passwordsOf(declared, io.env)), purpose: "plan" });
}
