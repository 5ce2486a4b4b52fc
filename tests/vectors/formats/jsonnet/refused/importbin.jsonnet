{ a: 1, b:: importbin "x" }
