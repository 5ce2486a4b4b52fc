a = f(1e5e6)
