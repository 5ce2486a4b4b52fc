a = 1
b {
  c = "d" # e
  f = <<EOF
g
  h
EOF
  i = <<-EOF
    j
    EOF
  k = "${l
}"
}
