// Signs and verifies with panva's jose: a line of input is a task in JSON, and the same line of output its outcome.
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

// Node 18 has it, but under this name alone.
globalThis.crypto ??= webcrypto;
const { FlattenedSign, base64url, decodeProtectedHeader, errors, flattenedVerify, importJWK } = await import('jose');

async function outcome(task) {
  const key = await importJWK(task.key, task.alg);
  const body = base64url.decode(task.body);
  const crit = Object.fromEntries(task.understood.map((name) => [name, true]));
  if (task.signature === undefined) {
    const jws = await new FlattenedSign(body).setProtectedHeader(task.header).sign(key, { crit });
    return { signature: `${jws.protected}..${jws.signature}` };
  }
  const [protectedHeader, , signature] = task.signature.split('.');
  const unencoded = decodeProtectedHeader(task.signature).b64 === false;
  const jws = { protected: protectedHeader, payload: unencoded ? body : task.body, signature };
  await flattenedVerify(jws, key, { algorithms: [task.alg], crit });
  return { valid: true };
}

for await (const line of createInterface({ input: process.stdin })) {
  const refusal = (error) =>
    error instanceof errors.JWSSignatureVerificationFailed ? { valid: false } : { refused: error.message };
  console.log(JSON.stringify(await outcome(JSON.parse(line)).catch(refusal)));
}
