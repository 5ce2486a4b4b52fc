a {
  b =
}
