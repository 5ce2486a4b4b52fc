a = <<-EOF
  b
EOF
