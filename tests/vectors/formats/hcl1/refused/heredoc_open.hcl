a = <<EOF
b
EOF