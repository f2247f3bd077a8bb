// Lists the calls in queries that the real engine answered, with the argument types that Microsoft's analyzer finds.
//
//   NODE_PATH=DIR/node_modules node tests/catalogue/recorded_calls.cjs ../shared/conformance/kusto_cases.jsonl \
//     ../shared/conformance/docs_cases.jsonl > tests/catalogue/recorded_calls.txt
//
// One line per call: `name(type, type) type`. Documentation cases count only where they are marked as complete (`core`).
const root = '@kusto/language-service-next/';
require(root + 'bridge.js');
require(root + 'Kusto.Language.Bridge.js');
const fs = require('fs');
const K = globalThis.Kusto.Language, N = K.Syntax;
const TYPES = new Set(['bool', 'int', 'long', 'real', 'decimal', 'string', 'datetime', 'timespan', 'guid', 'dynamic']);
const list = it => { const out = []; const e = Bridge.getEnumerator(it); while (e.moveNext()) out.push(e.Current); return out; };
const type = t => { const name = (t && t.Name) || (t instanceof K.Symbols.DynamicSymbol ? 'dynamic' : '?'); return name.startsWith('dynamic') ? 'dynamic' : name; };
const found = new Set();

function add(name, operands, result) {
  const types = operands.map(type), all = [...types, type(result)];
  if (all.every(t => TYPES.has(t))) found.add(`${name}(${types.join(', ')}) ${type(result)}`);
}
const inside = node => { // the expressions right of `in`, `between` and `has_any`
  if (node instanceof N.Expression && !(node instanceof N.ExpressionList)) return [node];
  const out = [];
  for (let i = 0; i < node.ChildCount; i++) { const c = node.GetChild(i); if (c && c.GetChild) out.push(...inside(c)); }
  return out;
};
function visit(node) {
  if (node instanceof N.SearchOperator) return; // its predicate has another grammar
  if (node instanceof N.BinaryExpression) add(node.Operator.Text, [node.Left.ResultType, node.Right.ResultType], node.ResultType);
  else if (node instanceof N.PrefixUnaryExpression && node.Operator.Text === '-') add('neg', [node.Expression.ResultType], node.ResultType);
  else if (node instanceof N.FunctionCallExpression) add(node.Name.SimpleName, list(node.ArgumentList.Expressions).map(x => x.Element$1.ResultType), node.ResultType);
  else if (node instanceof N.InExpression || node instanceof N.BetweenExpression || node instanceof N.HasAnyExpression || node instanceof N.HasAllExpression) {
    add(node.Operator.Text, [node.Left, ...inside(node.Right)].map(x => x.ResultType), node.ResultType);
  }
  for (let i = 0; i < node.ChildCount; i++) { const c = node.GetChild(i); if (c && c.GetChild) visit(c); }
}
for (const file of process.argv.slice(2)) {
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    if (!line) continue;
    const row = JSON.parse(line);
    if (!row.kql || row.core === false) continue;
    const code = K.KustoCode.ParseAndAnalyze(row.kql, K.GlobalState.Default);
    if (list(code.GetDiagnostics()).some(d => d.Severity === 'Error')) continue;
    visit(code.Syntax);
  }
}
process.stdout.write([...found].sort().join('\n') + '\n');
