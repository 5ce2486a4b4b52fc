a = <<EOF
b
