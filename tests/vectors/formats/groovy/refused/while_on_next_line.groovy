do { x() }
while (y)