a = 1kb
