a = "\xe9"
