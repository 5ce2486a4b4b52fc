{
  ok: "a" + 0.5,
  text: "ratio " + 0.1,
}
