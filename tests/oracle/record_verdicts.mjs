// Records what Microsoft's KQL parser and analyser say of the texts on standard input. See README.md for the commands.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { join, resolve } from "node:path";

const [packageFolder, outFolder] = process.argv.slice(2);
const require = createRequire(resolve(packageFolder, "package.json"));
require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");
const { KustoCode } = globalThis.Kusto.Language;

const items = (list) => (list ? Array.from({ length: list.Count }, (_, i) => list.getItem(i)) : []);
const errors = (list) => items(list).filter((d) => d.Severity === "Error");
const codePoints = (text) => [...text].length; // offsets are UTF-16 units, Python counts code points
const place = (text) => (d) => [d.Code, codePoints(text.slice(0, d.Start)), d.Length, d.Message];

const parseOrNull = (text) => {
  try {
    return KustoCode.Parse(text);
  } catch {
    return null; // a few broken texts make Microsoft's parser throw; they have no verdict
  }
};

const files = { verdicts: [], result_schemas: [], grammar: [] };
for await (const line of createInterface({ input: process.stdin })) {
  const { id, sha, text } = JSON.parse(line);
  const parsed = parseOrNull(text);
  if (!parsed) continue;
  const [first] = errors(parsed.GetSyntaxDiagnostics());
  const verdict = parsed.Kind !== "Query" ? ["command"] : first ? ["refused", ...place(text)(first)] : ["accepted"];
  if (id.startsWith("grammar:")) {
    files.grammar.push(JSON.stringify([text, verdict[0]]));
    continue;
  }
  files.verdicts.push(JSON.stringify([id, sha, ...verdict]));
  if (!/^(kusto_|docs_)/.test(id)) continue;
  const code = KustoCode.ParseAndAnalyze(text);
  const result = code.ResultType;
  const columns = items(result?.Columns).map((c) => [c.Name, c.Type.Name]);
  const shape = result ? String(Bridge.getTypeName(result)).split(".").pop() : null;
  files.result_schemas.push(JSON.stringify({ id, sha, shape, columns, errors: errors(code.GetDiagnostics()).map(place(text)) }));
}
for (const [name, lines] of Object.entries(files).filter(([, lines]) => lines.length)) {
  writeFileSync(join(outFolder, `${name}.jsonl.gz`), gzipSync(lines.sort().join("\n") + "\n", { level: 9 }));
  console.log(`${name}: ${lines.length}`);
}
