// Writes the vectors in this folder: `node tests/function/vectors/make.mjs`. It follows Port's documentation, shares no
// code with the handler, and signs with JSON.stringify, as Port does. The output is the same each time.

import { createCipheriv, createHash, createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";

const AT = 1713277889;
const SECRET = "a-client-secret-of-the-usual-length-0123456789";

// The message is signed without its signature, and GitLab's without any headers.
function sign(name, message, { secret = SECRET, by = secret, spell = JSON.stringify, gitlab = false, change = (t) => t } = {}) {
  const signed = gitlab ? (({ headers, ...rest }) => rest)(message) : message;
  const mac = createHmac("sha256", by).update(`${AT}.${JSON.stringify(signed)}`).digest("base64");
  const headers = { ...message.headers, "X-Port-Signature": `v1,${mac}`, "X-Port-Timestamp": AT };
  const text = change(spell({ ...message, headers }));
  return { name, secret, message_json: text, valid: by === secret && text === spell({ ...message, headers }) };
}

const run = (inputs) => ({
  action: "vm_create_vm",
  context: { runId: "r_1", blueprint: "vm", entity: null },
  inputs,
  headers: {},
});
const ascii = (message) =>
  JSON.stringify(message).replace(/[\u0080-\uffff]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

const signatures = [
  sign("plain", run({ title: "A", cpu: 2 })),
  sign("headers first", { headers: {}, ...run({ title: "A" }) }),
  sign("other headers are signed", { ...run({}), headers: { Accept: "*/*", "X-Team": "platform" } }),
  sign("numbers", run({ n: [0, -1, 0.1, 1e21, 1e-7, 12345678901234567890] })),
  sign("keys that are numbers", run({ b: 1, 10: 2, 9: 3 })),
  sign("control characters", run({ t: "\b\f\n\r\t\u0001\u001f\u007f\u2028/\\\"" })),
  sign("beyond the basic plane", run({ t: "Größe 日本語 🚀", "ключ": "значение" })),
  sign("white space between tokens", run({ a: [1, { b: " two  spaces " }], c: {} }), { spell: (m) => JSON.stringify(m, null, 2) }),
  sign("escapes for letters", run({ t: "Größe 日本語 🚀" }), { spell: ascii }),
  sign("gitlab", { ...run({}), payload: { action: { invocationMethod: { type: "GITLAB" } } } }, { gitlab: true }),
  sign("another secret", run({ cpu: 2 }), { by: "somebody-else's-client-secret-0123456789" }),
  sign("another input", run({ cpu: 2 }), { change: (text) => text.replace('"cpu":2', '"cpu":64') }),
  sign("another key order", run({ a: 1, b: 2 }), { change: (text) => text.replace('"a":1,"b":2', '"b":2,"a":1') }),
  sign("another time", run({}), { change: (text) => text.replace(`${AT}`, `${AT + 1}`) }),
  sign("one more member", run({}), { change: (text) => text.replace("{", '{"admin":true,') }),
];

// AES-256-GCM under the first 32 bytes of the client secret: base64 of a 16-byte IV, the ciphertext and the tag.
function encrypt(plaintext, client_secret) {
  const iv = createHash("sha256").update(plaintext).digest().subarray(0, 16);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(client_secret).subarray(0, 32), iv);
  const sealed = Buffer.concat([iv, cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { plaintext, client_secret, encrypted: sealed.toString("base64") };
}

const inputs = [
  encrypt("hunter2", SECRET),
  encrypt("", SECRET),
  encrypt("Größe 日本語 🚀", SECRET),
  encrypt('{"user":"a","password":"b"}', SECRET),
  encrypt("x".repeat(4096), SECRET),
  encrypt("exactly 32 bytes", "0123456789abcdef0123456789abcdef"),
];

for (const [file, vectors] of [["signature_vectors.json", signatures], ["aes256gcm_vectors.json", inputs]]) {
  writeFileSync(new URL(file, import.meta.url), JSON.stringify(vectors, null, 1) + "\n");
}
