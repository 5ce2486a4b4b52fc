{ a: {},
  b: self.a.c }
