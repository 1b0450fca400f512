/** This machine lacks something that the local servers need: no defect, and the message says how to get it. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}
