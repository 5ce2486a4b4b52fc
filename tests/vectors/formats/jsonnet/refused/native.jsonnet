{

  x: std.native("now")(),
}
