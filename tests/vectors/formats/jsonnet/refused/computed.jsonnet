local k = 'a';
{ a: 1 } + {
  [k]+: 2,
}
