{
  a: 1,
  b: std.sin(1),
}
