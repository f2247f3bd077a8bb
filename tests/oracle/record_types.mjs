// Prints what Microsoft's analyzer says of the queries of `tests/oracle/types.py`. See there for the command.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2], "package.json"));
require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");
const { KustoCode } = globalThis.Kusto.Language;

const NAMES = ["bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"];
const items = (list) => (list ? Array.from({ length: list.Count }, (_, i) => list.getItem(i)) : []);
const letter = (text) => {
  const code = KustoCode.ParseAndAnalyze(text);
  if (items(code.GetDiagnostics()).some((d) => d.Severity === "Error")) return "-";
  const name = items(code.ResultType?.Columns).find((c) => c.Name === "X")?.Type.Name ?? "?";
  return "bilrestpgy"[NAMES.indexOf(name.startsWith("dynamic") || /^[[{]/.test(name) ? "dynamic" : name)] ?? "?";
};
for await (const line of createInterface({ input: process.stdin })) {
  const { template, texts } = JSON.parse(line);
  console.log(JSON.stringify({ template, rows: texts.map((row) => row.map(letter).join("")) }));
}
