{ a: { b: 1 } } + {
  c: "b" in super.a,
}
