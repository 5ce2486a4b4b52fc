{ a: 0.1 } +
{ a+: ' percent' }
