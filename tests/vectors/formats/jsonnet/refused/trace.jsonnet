{
  x: std.trace("seen", 1),
}
