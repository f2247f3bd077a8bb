// Asks Microsoft's KQL analyzer what it accepts, and prints one JSON line per function, aggregate, plugin and operator.
//
//   npm install @kusto/language-service-next   (anywhere outside this checkout, say in DIR)
//   NODE_PATH=DIR/node_modules node tests/catalogue/analyzer_facts.cjs > tests/catalogue/analyzer_facts.jsonl
//
// Types are letters: b bool, i int, l long, r real, e decimal, s string, t datetime, p timespan, g guid, y dynamic.
// `calls`: argument types of a call -> for each argument, what comes out when it alone has each of the ten types ("-" refused).
const root = '@kusto/language-service-next/';
require(root + 'bridge.js');
require(root + 'Kusto.Language.Bridge.js');
const K = globalThis.Kusto.Language, S = K.Symbols;

const LETTERS = 'bilrestpgy';
const TYPES = ['bool', 'int', 'long', 'real', 'decimal', 'string', 'datetime', 'timespan', 'guid', 'dynamic'];
const LITERALS = ['true', 'int(1)', '1', '1.5', 'decimal(1.5)', '"a"', 'datetime(2020-01-01)', '1d', 'guid(74be27de-1e4e-49d9-b579-fe0b331d3642)', 'dynamic([1])'];
const letterOf = type => {
  const name = type && (type.Name || '');
  if (!name) return '?';
  if (name.startsWith('dynamic') || name.startsWith('{') || name.startsWith('[')) return 'y';
  const at = TYPES.indexOf(name);
  return at < 0 ? '?' : LETTERS[at];
};
const list = it => { const out = []; const e = Bridge.getEnumerator(it); while (e.moveNext()) out.push(e.Current); return out; };
const names = e => Object.fromEntries(Object.keys(e).filter(k => typeof e[k] === 'number').map(k => [e[k], k]));
const KIND = names(S.ParameterTypeKind), NAMING = names(S.ResultNameKind), ARGUMENT = names(S.ArgumentKind);

const table = new S.TableSymbol.$ctor4('T', [...LETTERS].map((c, i) => new S.ColumnSymbol.ctor('c' + c, S.ScalarTypes.GetSymbol(TYPES[i]))));
const globals = K.GlobalState.Default.WithDatabase(new S.DatabaseSymbol.$ctor2('db', null, [table]));

function outcome(query) { // the letter of column X, "-" when the analyzer refuses the query, "!" when it fails
  try { return ask(query); } catch { return '!'; }
}
function ask(query) {
  const code = K.KustoCode.ParseAndAnalyze(query, globals);
  if (list(code.GetDiagnostics()).some(d => d.Severity === 'Error')) return '-';
  const type = code.ResultType, columns = type && type.Columns ? list(type.Columns) : [];
  return columns.length === 1 ? letterOf(columns[0].Type) : '*';
}

const DEFAULT = { Integer: 'l', Number: 'l', Summable: 'l', Scalar: 's', NotDynamic: 's', StringOrDynamic: 's', StringOrArray: 's',
  IntegerOrArray: 'l', DynamicArray: 'y', DynamicBag: 'y', NumberOrBool: 'l', Orderable: 'l', NotRealOrBool: 'l', NotBool: 'l',
  CommonScalar: 'l', CommonOrderable: 'l', CommonScalarOrDynamic: 'l', CommonNumber: 'l', CommonSummable: 'l', Parameter0: 'l', Parameter1: 'l', RealOrDecimal: 'r' };
function letterFor(parameter) {
  const kind = KIND[parameter.TypeKind];
  if (kind !== 'Declared') return DEFAULT[kind] || '?';
  const type = list(parameter.DeclaredTypes)[0];
  return type.Name === 'type' ? 'T' : letterOf(type);
}
function text(parameter, letter) {
  if (letter === 'T') return 'typeof(long)';
  const constant = ['Literal', 'LiteralNotEmpty', 'Constant'].includes(ARGUMENT[parameter.ArgumentKind]);
  const values = parameter.Values ? list(parameter.Values) : [];
  if (letter === 's' && values.length) return JSON.stringify(String(values[0]));
  return constant ? LITERALS[LETTERS.indexOf(letter)] : 'c' + letter;
}
function shapes(signature) { // the parameter lists that a call may have: least, and one longer for each optional or repeated block
  const p = list(signature.Parameters), out = [];
  const required = p.filter(x => x.MinOccurring > 0).flatMap(x => Array(x.MinOccurring).fill(x));
  const blocks = p.filter(x => x.MaxOccurring > 1);
  if (blocks.length > 1) { // key, value, key, value, ... [, rest]
    const rest = p.filter(x => x.MaxOccurring === 1 && x.MinOccurring === 1);
    return [[...blocks, ...rest], [...blocks, ...blocks, ...rest]];
  }
  out.push(required);
  for (let n = 1; n <= p.length; n++) {
    const longer = p.slice(0, n).flatMap(x => Array(x.MaxOccurring > 1 ? x.MinOccurring + 1 : 1).fill(x));
    if (longer.length > required.length) out.push(longer);
  }
  return out;
}
function calls(symbol, query) {
  const out = {};
  for (const signature of list(symbol.Signatures)) {
    if (list(signature.Parameters).some(p => ARGUMENT[p.ArgumentKind] === 'StarOnly')) continue;
    for (const shape of shapes(signature)) {
      const letters = shape.map(letterFor);
      if (letters.includes('?')) continue;
      const key = letters.join('');
      if (out[key]) continue;
      const base = shape.map((p, i) => text(p, letters[i]));
      out[key] = letters.length ? letters.map((own, i) => own === 'T' ? 'T' : [...LETTERS].map(c => {
        const args = [...base]; args[i] = text(shape[i], c); return outcome(query(symbol.Name + '(' + args.join(', ') + ')'));
      }).join('')) : [outcome(query(symbol.Name + '()'))];
    }
  }
  return out;
}
function facts(symbol, kind, query) {
  const arities = list(symbol.Signatures).map(s => [s.MinArgumentCount, s.MaxArgumentCount]);
  const row = { kind, name: symbol.Name, arity: [Math.min(...arities.map(a => a[0])), Math.max(...arities.map(a => a[1]))] };
  const naming = NAMING[symbol.ResultNameKind];
  if (naming && naming !== 'Default' && naming !== 'None') row.naming = naming;
  if (symbol.ResultNamePrefix) row.prefix = symbol.ResultNamePrefix;
  if (symbol.Alternative) row.use = symbol.Alternative;
  if (symbol.IsHidden) row.hidden = true;
  const constants = list(symbol.Signatures).flatMap(s => list(s.Parameters).map((p, i) => /Literal|Constant/.test(ARGUMENT[p.ArgumentKind] || '') ? i : -1));
  row.constants = [...new Set(constants.filter(i => i >= 0))].sort((a, b) => a - b);
  if (!row.constants.length) delete row.constants;
  if (query) row.calls = calls(symbol, query);
  return row;
}
const BINARY = ['+', '-', '*', '/', '%', '<', '<=', '>', '>=', '==', '!=', '=~', '!~', 'and', 'or', 'has', '!has', 'has_cs', '!has_cs', 'hasprefix', '!hasprefix',
  'hasprefix_cs', '!hasprefix_cs', 'hassuffix', '!hassuffix', 'hassuffix_cs', '!hassuffix_cs', 'contains', '!contains', 'contains_cs', '!contains_cs',
  'startswith', '!startswith', 'startswith_cs', '!startswith_cs', 'endswith', '!endswith', 'endswith_cs', '!endswith_cs', 'matches regex'];
const LISTS = ['in', '!in', 'in~', '!in~', 'has_any', 'has_all'];
function operators() {
  const each = f => [...LETTERS].map(f).join('');
  const rows = BINARY.map(op => ({ kind: 'operator', name: op, table: [...LETTERS].map(a => each(b => outcome(`T | project X = c${a} ${op} c${b}`))) }));
  for (const op of LISTS) rows.push({ kind: 'operator', name: op, table: [...LETTERS].map(a => each(b => outcome(`T | project X = c${a} ${op} (c${b})`))) });
  for (const op of ['between', '!between']) {
    rows.push({ kind: 'operator', name: op, table: [...LETTERS].map(a => each(b => outcome(`T | project X = c${a} ${op} (c${b} .. c${b})`))) });
  }
  rows.push({ kind: 'operator', name: 'unary -', table: [each(a => outcome(`T | project X = -c${a}`))] });
  return rows;
}
const write = row => process.stdout.write(JSON.stringify(row) + '\n');
const byName = it => list(it).filter(f => !f.Name.startsWith('__')).sort((a, b) => a.Name < b.Name ? -1 : 1);
for (const f of byName(K.Functions.All)) write(facts(f, 'function', call => `T | serialize X = ${call} | project X`));
for (const f of byName(K.Aggregates.All)) write(facts(f, 'aggregate', call => `T | summarize X = ${call}`));
for (const f of byName(K.PlugIns.All)) write(facts(f, 'plugin', null));
operators().forEach(write);
