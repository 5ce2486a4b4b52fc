if (n as Integer < 5) { x() }
y > z