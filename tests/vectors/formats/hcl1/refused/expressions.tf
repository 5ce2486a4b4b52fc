a = var.b ? 1 : 2
