{
  env: std.extVar("ENVIRONMENT"),
}
