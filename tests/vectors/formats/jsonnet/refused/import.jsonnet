{
  a: 1,
  b: import "other.libsonnet",
}
