a = <<
b

