local f(x) =
  error "no " + x;
f("way")
