a = <<-EOF
  ́b
  EOF
