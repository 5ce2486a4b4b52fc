{
  assert self.a > 1 : "too small",
  a: 1,
}
