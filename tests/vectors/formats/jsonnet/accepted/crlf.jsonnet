{
  a: "x",
  b: |||
    line
    two
  |||,
}
