# Comments of three kinds.
/* A block,
   over lines. */
local base = {
  assert self.low <= self.high : 'low is above high',
  low: 1,
  high: 10,
  hidden:: 'h',
  forced::: 'f',
  span: self.high - self.low,
  nested: { up: $.low, own: self.deep, deep: [1, [2, []], {}] },
};
local fib(n) = if n < 2 then n else fib(n - 1) + fib(n - 2);
{
  derived: base { low: 3, nested+: { deep: super.deep + ['more'] }, hidden: super.hidden + '!' },
  merged: base + { high+: 5, low: -4 },
  has: ['low' in base, 'none' in base, std.objectHas(base, 'hidden'), std.objectHasAll(base, 'hidden')],
  slices: { a: 'jsonnet'[2:5], b: [0, 1, 2, 3, 4, 5][::2], c: [1, 2, 3][-2:] },
  made: { ['key-' + i]: i * i for i in std.range(1, 3) },
  pairs: [[x, y] for x in [1, 2, 3] for y in ['a', 'b'] if x != 2],
  fib: fib(15),
  bits: [6 & 3, 6 | 3, 6 ^ 3, ~6, 1 << 10, 1024 >> 3],
  logic: [true && !false, false || true, null == null, [1, { a: 2 }] == [1, { a: 2 }], 'a' < 'b', [1, 2] < [1, 3]],
  numbers: [1_000_000, 16 - 1, 1.50, -0.0, 7 % 3, -7 % 3, 1e3, 5 / 2],
  texts: ["double \"q\" \u00e9 \\ \/", 'single \'q\'', @"verbatim \n ""q""", @'verbatim ''q''', 'smile \ud83d\ude00'],
  block: |||
    First line,
      indented,

    last.
  |||,
  chomped: |||-
    no line break
  |||,
  lazy: [1, error 'never'][0],
  tail: (local count(n, sum) = if n == 0 then sum else count(n - 1, sum + n) tailstrict; count(2000, 0)),
  named: (function(a, b=a + 1, c=0) [a, b, c])(1, c=5),
  text: 'sum: ' + 12 + ', list: ' + [1, 'x', null, 0.5, {}] + {},
  'quoted name': self.fib,
}
