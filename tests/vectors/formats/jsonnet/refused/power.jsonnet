std.pow(2, 0.5)
