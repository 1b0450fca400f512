import { loadAccessFile } from "../config/load.js";
import { type CliIo, EXIT } from "./io.js";

/** Names for a shell to complete: plain ones only, because a shell expands what it gets, and a file may be anybody's. */
export async function completionNames(io: CliIo, of: "clusters" | "accounts", { file }: { readonly file: string }): Promise<number> {
  const { declared } = await loadAccessFile(file, file);
  const names = [...(declared?.[of].keys() ?? [])].filter((name) => /^[\w.-]+$/.test(name));
  io.out(names.map((name) => `${name}\n`).join(""));
  return EXIT.done;
}
