
a = !null
