a = "%{while b}"
