a = <<-EOF
　b
  EOF
