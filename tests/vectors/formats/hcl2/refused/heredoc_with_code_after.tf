a = <<EOF b
EOF
