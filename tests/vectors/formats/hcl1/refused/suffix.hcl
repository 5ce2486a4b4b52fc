a = 10mb
