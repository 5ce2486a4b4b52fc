plain = <<EOF
a
  b "c" ${d} \n
EOF
empty = <<EOF
EOF
indented_end = <<EOF
  a
  EOF
outdented = <<-EOF
    a
      b
    c
    EOF
less = <<-END_1
  a

    b
    END_1
tabs = <<-EOF
		a
			b
		EOF
empty_outdented = <<-EOF
  EOF
not_the_end = <<EOF
EOF, a
EOF 
aEOF
EOF
in_object { a = <<EOF
b
EOF
c = 1 }
