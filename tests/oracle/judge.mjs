// What Microsoft's analyser says of the texts on standard input: errors, and the result's columns. See README.md.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const [packageFolder] = process.argv.slice(2);
const require = createRequire(resolve(packageFolder, "package.json"));
require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");
const { KustoCode } = globalThis.Kusto.Language;

const items = (list) => (list ? Array.from({ length: list.Count }, (_, i) => list.getItem(i)) : []);

for await (const line of createInterface({ input: process.stdin })) {
  const { id, text } = JSON.parse(line);
  try {
    const code = KustoCode.ParseAndAnalyze(text);
    const errors = items(code.GetDiagnostics()).filter((d) => d.Severity === "Error");
    const columns = items(code.ResultType?.Columns).map((c) => [c.Name, c.Type.Name]);
    console.log(JSON.stringify({ id, errors: errors.map((d) => [d.Code, text.slice(d.Start, d.Start + d.Length), d.Message]), columns }));
  } catch {
    console.log(JSON.stringify({ id })); // a few texts make Microsoft's parser throw; they have no verdict
  }
}
