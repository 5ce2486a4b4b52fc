a = 1
b {
  c = "d" # e
  f = [
    1,
  ]
  g = <<-X
    h $
      i

  X
}
j = (k
  + l)
